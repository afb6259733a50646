#include "simulation/audit/fact.h"

#include <fmt/format.h>

#include <chrono>
#include <set>
#include <string_view>
#include <utility>

#include "simulation/audit/findings.h"

namespace lianmeng::simulation {
namespace {

std::string header(const log::Record& record, std::string_view name) {
  return std::string(record.headers.find(name).value_or(std::string_view()));
}

Fact fact_of(const log::Record& record) {
  Fact fact;
  const auto type = header(record, "ce_type");
  fact.type = type.substr(type.rfind('.') + 1);
  fact.subject = header(record, "ce_subject");
  fact.county = header(record, "ce_partitionkey");
  fact.actor = header(record, "ce_actor");
  fact.request_id = header(record, "ce_requestid");
  fact.external_id = header(record, "ce_externalid");
  fact.value = record.value;
  if (const auto time = parse_rfc3339(header(record, "ce_time"))) fact.time = *time;
  if (const auto time = parse_rfc3339(header(record, "ce_effectivetime"))) fact.effective = *time;
  if (const auto cause = parse_place(header(record, "ce_cause"))) fact.cause = *cause;
  return fact;
}

}  // namespace

std::string Fact::name() const { return fmt::format("{}/{} {}", service, sequence, type); }

// Valid is what names the last valid record before it.
std::vector<Fact> read_chain(const log::SimLog& log, const std::string& service, int partition,
                             Findings& findings) {
  std::vector<Fact> facts;
  std::string tip;
  std::set<std::string> ids;
  for (const auto& record : log.records({"lianmeng." + service + ".v1", partition})) {
    if (header(record, "ce_prev") != tip) continue;
    tip = header(record, "ce_id");
    auto fact = fact_of(record);
    fact.service = service;
    fact.sequence = facts.size() + 1;
    findings.expect(header(record, "ce_sequence") == std::to_string(fact.sequence), fact,
                    "not the next in the chain");
    findings.expect(ids.insert(tip).second, fact, "a record's id was used before");
    findings.expect(facts.empty() || facts.back().time <= fact.time, fact,
                    "recorded time ran back");
    findings.expect(fact.happened() <= fact.time, fact, "recorded before it happened");
    facts.push_back(std::move(fact));
  }
  return facts;
}

Time time_of(const google::protobuf::Timestamp& time) {
  return Time{std::chrono::seconds{time.seconds()} +
              std::chrono::duration_cast<Duration>(std::chrono::nanoseconds{time.nanos()})};
}

}  // namespace lianmeng::simulation
