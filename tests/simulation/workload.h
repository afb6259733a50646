// What the people of a few counties do with all services: they set up their county, submit, route,
// take and race for demands, work on them, import history and read their notices. Each is a wish
// that is asked for until it is answered for good.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lianmeng/dispatch/v1/dispatch_events.pb.h"
#include "lianmeng/membership/v1/membership_events.pb.h"
#include "platform/base/random.h"
#include "platform/runtime/command.h"
#include "platform/testing/sim_cluster.h"

namespace lianmeng::simulation {

struct Wish {
  std::string service;
  std::string name;
  CountyId county;
  Actor actor;
  std::string request_id;
  std::string hash;
  std::string external_id;
  std::optional<Time> effective;
  bool validate_only = false;
  bool bulk = false;
  bool must_succeed = false;  // Nothing that happens can make it wrong.
  std::vector<Place> tokens;
  runtime::DecideFn decide;
  // Called with the first acceptance.
  std::function<void(const runtime::Accepted&)> then;

  Time asked_time{};
  int attempts = 0;
  std::optional<runtime::Accepted> accepted;
  std::optional<Error> refused;
  bool settled() const { return accepted || refused; }
};

// Threads: one. Lifetime: borrows the cluster, and outlives the run of its scheduler.
class Workload {
 public:
  Workload(testing::SimCluster& cluster, int partition, std::uint64_t seed);

  // Creates the counties and, as each step is answered, what lies in them.
  void set_up(int counties);
  bool is_set_up() const;
  // One thing, or a few that belong together; nothing while no county is ready.
  void act();

  // Every wish is answered.
  bool done() const;
  // Asks again for what was answered: the answers must be the same. done() tells when.
  void ask_again();
  // On every host, in the service, what was acknowledged in the followed logs must be found.
  void read_by_tokens();
  int unanswered_reads() const { return unanswered_reads_; }

  const std::vector<Wish>& wishes() const { return wishes_; }
  // Answers that contradict each other, in words.
  const std::vector<std::string>& wrong() const { return wrong_; }

 private:
  struct Group {
    std::string id;
    std::vector<std::string> heads;
    std::vector<std::string> members;
  };
  struct Village {
    std::string id;
    std::string cadre;
    std::string villager;
  };
  struct County {
    CountyId id;
    std::string officer;
    std::vector<std::string> coordinators;
    std::string township_officer;
    std::vector<Group> groups;
    std::vector<Village> villages;
    std::vector<std::string> demands;
    std::vector<std::string> people;
    std::vector<std::pair<std::string, std::string>> extra_posts;  // (post, group)
    std::vector<std::size_t> imports;                              // Wishes with an external id.
    std::map<std::string, std::uint64_t> acknowledged;             // By service.
    int steps_left = 0;                                            // Of the set-up.
    int rules = 0;
  };
  using Then = std::function<void(const runtime::Accepted&)>;

  std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }
  bool one_in(std::uint64_t n) { return random_.one_in(n); }
  template <class T>
  const T& any_of(const std::vector<T>& items) {
    return items[below(items.size())];
  }

  template <class Command>
  Wish wish(const County& county, const std::string& service, const std::string& name,
            const std::string& person, Command command);
  // Sends it to any host, unless told.
  std::size_t ask_for(Wish wish, Then then = {});
  void ask(std::size_t index, int host);
  void ask_again(std::size_t index, bool other_payload);
  void answered(std::size_t index, int attempt, const runtime::CommandResult& result);
  runtime::Command command_of(const Wish& wish) const;
  int any_host();

  // --- Setting up. ---
  void create_organisation(County& county, const std::string& name,
                           membership::v1::OrganisationKind kind, const std::string& parent,
                           std::function<void(const std::string& id)> then);
  void register_person(County& county, const std::string& organisation,
                       membership::v1::PostRole role,
                       std::function<void(const std::string& id)> then);
  void add_group(County& county, const std::string& name, bool with_member);
  void add_village(County& county, const std::string& name, const std::string& township);

  // --- Acting. ---
  void submit(County& county);
  void work_on_demand(County& county);
  void race(County& county, const dispatch::v1::DemandRow& row);
  void act_at_random(County& county);
  void change_roster(County& county);
  void come_and_go(County& county);
  void found_and_dissolve(County& county);
  void join_and_leave(County& county);
  void change_settings(County& county);
  void import_history(County& county);
  void import_step(County& county, const std::string& demand, Time when, int step);
  void read_notices(County& county);
  std::optional<dispatch::v1::DemandRow> peek(const County& county, const std::string& demand);
  // Somebody of one of the groups; empty when there is nobody.
  std::string member_of(const County& county, const std::string& group, bool head);
  template <class Command>
  void dispatch_wish(County& county, const std::string& name, const std::string& person,
                     Command command);

  testing::SimCluster& cluster_;
  const int partition_;
  SeededRandom random_;
  std::vector<County> counties_;
  std::vector<Wish> wishes_;
  std::vector<std::string> wrong_;
  int repeats_out_ = 0;
  int unanswered_reads_ = 0;
};

}  // namespace lianmeng::simulation
