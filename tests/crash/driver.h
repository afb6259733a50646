// The load of a test that breaks things: submissions and comments with markers that nobody else
// writes, asked again under the same request id until they are answered, and what was answered.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "crash/ledger.h"
#include "load/client.h"
#include "load/counties.h"
#include "platform/base/random.h"
#include "platform/base/time.h"

namespace lianmeng::crash {

struct DriverSettings {
  std::uint64_t seed = 1;  // Draws what is asked.
  int in_flight = 64;
  int counties = 12;  // Each in a partition of its own.
  // A host that handed a call on and does not know its fate asks again by itself, so a first
  // attempt may be told that it is a repeat.
  bool many_hosts = false;
};

// Threads: one, the caller's.
class Driver {
 public:
  // Calls go over all of the channels.
  Driver(const DriverSettings& settings, const std::vector<load::Addresses>& channels);

  // Waits for a connection, then makes the counties. Throws std::runtime_error.
  void create_counties();
  // Keeps the calls in flight until then.
  void load_until(std::chrono::steady_clock::time_point until);
  // Asks something new only now and then, and what is to be asked again.
  void load_lightly_until(std::chrono::steady_clock::time_point until);
  // Lets what is in flight end, one way or another.
  void drain() { client_.drain(); }
  // Asks until everything is answered. Throws when it takes longer than a minute.
  void answer_all();
  // The notices follow the demands; what is on its way is no difference. Returns after a minute at
  // the latest: the judge says which are missing.
  void await_notices();

  load::Client& client() { return client_; }
  const std::vector<load::County>& counties() const { return counties_; }
  Ledger& ledger() { return ledger_; }
  const Ledger& ledger() const { return ledger_; }
  SeededRandom& random() { return random_; }
  std::size_t answered() const { return answered_; }
  std::size_t repeated() const { return repeated_; }
  std::size_t given_up() const;
  std::size_t to_be_asked_again() const { return again_.size(); }
  int in_flight() const { return client_.in_flight(); }

 private:
  void load(std::chrono::steady_clock::time_point until, bool lightly);
  void fill();
  // Whether something new is to be asked now.
  bool inventive();
  Asked& invent();
  void send(Asked& asked);
  template <class Request>
  Request request_of(const Asked& asked) const;
  template <class Response>
  void settle(Asked& asked, const load::Outcome& outcome, const Response& response);

  const DriverSettings settings_;
  SeededRandom random_;  // Of everything but ids, which must differ between runs.
  SystemRandom ids_;
  SystemClock clock_;
  std::vector<load::County> counties_;
  Ledger ledger_;
  std::vector<Asked*> again_;                                // Uncertain, to be sent again.
  std::vector<const Asked*> external_;                       // Answered, with an external id.
  std::map<std::size_t, std::vector<std::string>> demands_;  // Answered, by county.
  std::size_t answered_ = 0;
  std::size_t repeated_ = 0;
  bool loading_ = false;
  bool lightly_ = false;
  std::chrono::steady_clock::time_point next_{};  // Lightly: when something new may be asked.
  load::Client client_;                           // The last: its calls refer to all of the above.
};

}  // namespace lianmeng::crash
