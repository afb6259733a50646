// Every wish is asked for, at any host, until it is answered for good.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "platform/base/random.h"
#include "platform/testing/sim_cluster.h"
#include "simulation/wish.h"

namespace lianmeng::simulation {

// What `person` wants of a service; the domain's own function, found beside the command's type,
// decides it.
template <class Command>
Wish wish(const CountyId& county, const std::string& service, const std::string& name,
          const std::string& person, Command command) {
  Wish out;
  out.service = service;
  out.name = name;
  out.county = county;
  out.actor = {Actor::Kind::kPerson, person, ""};
  out.decide = [command = std::move(command)](const state::View& view,
                                              const DecideContext& context) {
    return runtime::erase(decide(view, command, context));
  };
  return out;
}

// Of what was created: its subject is "demands/260105-001".
std::string id_of(const runtime::Accepted& accepted);

// Threads: one. Lifetime: borrows cluster and dice, and outlives the run of the cluster's
// scheduler.
class Wishes {
 public:
  using Then = std::function<void(const runtime::Accepted&)>;

  Wishes(testing::SimCluster& cluster, int partition, Random& dice);

  // Asks any host, now and until it is answered. Returns its place in all(); `then` is called with
  // the first acceptance, and may wish for more.
  std::size_t ask_for(Wish wish, Then then = {});
  // All of them, also those that are answered; a reference lasts until the next is asked for.
  const std::vector<Wish>& all() const { return wishes_; }

  // The last place in that service that anybody of the county was told.
  Place token(const CountyId& county, const std::string& service);
  int any_host();

  // Every wish is answered, and all that was asked again.
  bool done() const;
  // Asks again for what was answered: the answers must be the same. done() tells when.
  void ask_again();
  // On every host, in the service, what was acknowledged in the followed logs must be found.
  void read_by_tokens();
  int unanswered_reads() const { return unanswered_reads_; }

  // Answers that contradict each other, in words.
  const std::vector<std::string>& wrong() const { return wrong_; }
  void add_wrong(std::string what) { wrong_.push_back(std::move(what)); }

 private:
  runtime::Command command_of(const Wish& wish) const;
  void ask(std::size_t index);
  void answered(std::size_t index, int attempt, const runtime::CommandResult& result);
  void ask_again(std::size_t index, bool other_payload);

  testing::SimCluster& cluster_;
  const int partition_;
  Random& dice_;
  std::vector<Wish> wishes_;
  std::map<CountyId, std::map<std::string, std::uint64_t>> acknowledged_;  // By service.
  std::vector<std::string> wrong_;
  int repeats_out_ = 0;
  int unanswered_reads_ = 0;
};

}  // namespace lianmeng::simulation
