// The valid records of a service's log, found by the rule of the chain alone.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "platform/base/ids.h"
#include "platform/base/time.h"
#include "platform/log/sim/sim_log.h"

namespace lianmeng::simulation {

class Findings;

struct Fact {
  std::string service;
  std::uint64_t sequence = 0;
  Time time{};
  std::optional<Time> effective;  // Set: imported.
  std::string county;
  std::string type;  // Without its package: "DemandTaken".
  std::string subject;
  std::string actor;
  std::string request_id;
  std::string external_id;
  std::optional<Place> cause;
  std::string value;

  Time happened() const { return effective.value_or(time); }
  std::string name() const;
};

// By service, in the order of the chain.
using Facts = std::map<std::string, std::vector<Fact>>;
// (county, demand or person).
using Named = std::pair<std::string, std::string>;

std::vector<Fact> read_chain(const log::SimLog& log, const std::string& service, int partition,
                             Findings& findings);

Time time_of(const google::protobuf::Timestamp& time);

// The wrapper with the case of that name; false when it has none.
template <class Wrapper>
bool parse(const Fact& fact, Wrapper& wrapper) {
  const auto* descriptor = Wrapper::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    if (field->message_type()->name() != fact.type) continue;
    return Wrapper::GetReflection()->MutableMessage(&wrapper, field)->ParseFromString(fact.value);
  }
  return false;
}

}  // namespace lianmeng::simulation
