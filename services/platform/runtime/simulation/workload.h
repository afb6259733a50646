// What clients want of the tally: sums added to, alone and in bursts, and reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "platform/base/random.h"
#include "platform/log/log.h"
#include "platform/runtime/command.h"
#include "platform/testing/sim_cluster.h"

namespace lianmeng::testing {

extern const CountyId kCounty;
extern const log::TopicPartition kTallyLog;
extern const log::TopicPartition kMirrorLog;

// So many hosts of the tally and of the mirror that follows it.
SimClusterOptions tally_and_mirror(int hosts);

// One thing that a client wants done. With a request id it is asked until it is answered for good;
// without one (`once`) no repeat could be recognised, so it is asked a single time.
struct Wish {
  std::string name;
  std::int64_t amount = 0;
  Actor actor;  // Of this wish alone: what the auditor knows it by.
  bool once = false;
  bool of_mirror = false;  // Of the mirror, and not before it has what the tally answered.
  std::string request_id;
  int attempts = 0;
  bool first_answered = false;  // The first attempt, whatever it was told.
  std::optional<runtime::Accepted> accepted;
  std::optional<Error> refused;
  // The log's end when the first attempt was asked and when the refusal came.
  log::Offset asked_at = 0;
  log::Offset refused_at = 0;
  bool settled() const { return accepted || refused || once; }
};

// Threads: one. Lifetime: borrows the cluster, and outlives the run of its scheduler. What is wrong
// with an answer is told to GoogleTest.
class Workload {
 public:
  Workload(SimCluster& cluster, std::uint64_t seed) : cluster_(cluster), random_(seed) {}

  void add_wish();
  void add_wish(const std::string& name, std::int64_t amount, int host);
  // So many at the same instant, most of them on one host: batches of many records.
  void add_burst(std::uint64_t count);
  // A command to the mirror with the token of what the tally has acknowledged.
  void add_look(int host);

  // Whatever was acknowledged before the read was asked for is seen.
  void read();
  // On every host, through the log that it follows, everything acknowledged must be found at last.
  void read_by_token();

  // From now on calls are patient, and a first attempt and a read by token must be answered within
  // kPrompt. kDone: done, or refused by a rule.
  enum class Prompt { kNo, kAnswered, kDone };
  void expect_prompt(Prompt prompt) { prompt_ = prompt; }
  int token_reads() const { return token_reads_; }  // Still unanswered.

  bool done() const;
  const std::deque<Wish>& wishes() const { return wishes_; }

 private:
  std::string pick_name();
  std::int64_t pick_amount();
  int pick_host();
  void read(int host);
  void ask(std::size_t index, int host);
  void answered(std::size_t index, int attempt, const runtime::CommandResult& result);
  void judge_error(const Wish& wish, int attempt, const Error& error) const;
  // Whoever heard the answer tells a friend at another host: what is right by the answer and wrong
  // by the state before it is asked for there at once, and read.
  void build_on(const std::string& name, const state::View& view);

  SimCluster& cluster_;
  SeededRandom random_;
  std::deque<Wish> wishes_;
  std::uint64_t acknowledged_ = 0;
  int token_reads_ = 0;
  Prompt prompt_ = Prompt::kNo;
};

}  // namespace lianmeng::testing
