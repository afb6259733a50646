// Judges what a crashed and recovered server holds, by the log's bytes and by the API alone. It
// shares no code with the runtime: a record is valid if and only if its ce_prev is the ce_id of the
// last valid record before it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "crash/ledger.h"
#include "load/client.h"
#include "load/counties.h"
#include "platform/log/log.h"

namespace lianmeng::crash {

// A valid record of the log.
struct Event {
  std::string place = {};  // "dispatch/7/901".
  std::string county = {};
  std::string type = {};
  std::string subject = {};
  std::string actor = {};
  std::string request_id = {};
  std::string cause = {};
  std::string value = {};
};

struct ServiceLog {
  std::vector<Event> events;  // Those of a partition in their order.
  std::uint64_t void_records = 0;
};

// Reads the log of every service. Throws std::runtime_error when it cannot, and when a chain is
// broken.
std::map<std::string, ServiceLog> read_log(log::Log& log);
// That of a server that has stopped.
std::map<std::string, ServiceLog> read_log(const std::filesystem::path& folder);

// All that the API tells of the counties: what is asked, and the bytes of the answer.
using Answers = std::map<std::string, std::string>;
struct Snapshot {
  Answers answers;
  // By county and demand: "<place> <type> <marker>" of each event.
  std::map<std::string, std::vector<std::string>> histories;
  std::map<std::string, std::int64_t> unread;  // By county: the coordinator's.
};
Snapshot take_snapshot(load::Client& client, const std::vector<load::County>& counties);

// What differs between the ledger, the log and the snapshot, into ledger.wrong.
void judge(const std::vector<load::County>& counties, const std::map<std::string, ServiceLog>& logs,
           const Snapshot& snapshot, Ledger& ledger);

// What two snapshots answer differently.
std::vector<std::string> differences(const Snapshot& before, const Snapshot& after);

}  // namespace lianmeng::crash
