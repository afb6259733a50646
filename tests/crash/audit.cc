#include "crash/audit.h"

#include <fmt/format.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>

#include "lianmeng/dispatch/v1/dispatch_service.pb.h"
#include "lianmeng/notification/v1/notification_service.pb.h"
#include "platform/base/ids.h"
#include "platform/log/embedded/embedded_log.h"

namespace lianmeng::crash {
namespace {

namespace d = dispatch::v1;

constexpr int kPageSize = 1000;
constexpr int kHistoriesInFlight = 64;

// Gathers a partition up to where it ended when it was asked.
class Gather final : public log::FollowSink {
 public:
  void on_records(std::vector<log::Record> records, log::Offset next) override {
    const std::lock_guard lock(mutex_);
    for (auto& record : records) records_.push_back(std::move(record));
    next_ = next;
    changed_.notify_all();
  }
  void on_error(Error error) override {
    const std::lock_guard lock(mutex_);
    error_ = error.message_en;
    changed_.notify_all();
  }
  std::vector<log::Record> wait(log::Offset end) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return next_ >= end || !error_.empty(); });
    if (!error_.empty()) throw std::runtime_error(error_);
    return std::move(records_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<log::Record> records_;
  log::Offset next_ = 0;
  std::string error_;
};

// Reads a partition from its first record up to where it ends now, others meanwhile.
class Reading {
 public:
  Reading(log::Log& log, log::TopicPartition at) : log_(log), at_(std::move(at)) {
    log.end_offset(at_,
                   [told = end_](Result<log::Offset> end) { told->set_value(std::move(end)); });
  }
  // Goes on once the end is told.
  void begin() {
    auto end = end_->get_future().get();
    if (!end) throw std::runtime_error(end.error().message_en);
    until_ = *end;
    if (until_ > 0) following_ = log_.follow(at_, 0, sink_);
  }
  std::vector<log::Record> records() {
    if (until_ == 0) return {};
    auto records = sink_->wait(until_);
    following_.reset();
    return records;
  }

 private:
  log::Log& log_;
  const log::TopicPartition at_;
  const std::shared_ptr<std::promise<Result<log::Offset>>> end_ =
      std::make_shared<std::promise<Result<log::Offset>>>();
  log::Offset until_ = 0;
  const std::shared_ptr<Gather> sink_ = std::make_shared<Gather>();
  std::unique_ptr<log::Following> following_;
};

std::string header(const log::Record& record, std::string_view name) {
  return std::string(record.headers.find(name).value_or(std::string_view()));
}

void read_chain(const std::string& service, int partition, std::vector<log::Record> records,
                ServiceLog& out) {
  std::string tip;
  std::uint64_t sequence = 0;
  for (auto& record : records) {
    if (header(record, "ce_prev") != tip) {
      ++out.void_records;
      continue;
    }
    tip = header(record, "ce_id");
    const auto place = fmt::format("{}/{}/{}", service, partition, ++sequence);
    if (header(record, "ce_sequence") != std::to_string(sequence)) {
      throw std::runtime_error(
          fmt::format("{} says that its sequence is {}", place, header(record, "ce_sequence")));
    }
    out.events.push_back({.place = place,
                          .county = record.key.value_or(""),
                          .type = header(record, "ce_type"),
                          .subject = header(record, "ce_subject"),
                          .actor = header(record, "ce_actor"),
                          .request_id = header(record, "ce_requestid"),
                          .cause = header(record, "ce_cause"),
                          .value = std::move(record.value)});
  }
}

// The marker that a submission or comment bears; empty in any other event.
std::string marker_of(const Event& event) {
  if (event.type == "lianmeng.dispatch.v1.DemandSubmitted") {
    d::DemandSubmitted submitted;
    if (submitted.ParseFromString(event.value)) return submitted.title();
  }
  if (event.type == "lianmeng.dispatch.v1.DemandCommented") {
    d::DemandCommented commented;
    if (commented.ParseFromString(event.value)) return commented.words();
  }
  return {};
}

std::string marker_of(const d::DemandEvent& event) {
  if (event.event().has_demand_submitted()) return event.event().demand_submitted().title();
  if (event.event().has_demand_commented()) return event.event().demand_commented().words();
  return {};
}

std::string line_of(std::string_view place, std::string_view type, std::string_view marker) {
  return fmt::format("{} {} {}", place, type, marker);
}

std::string bytes_of(const google::protobuf::Message& message) {
  return message.SerializeAsString();
}

std::vector<std::string> list_demands(load::Client& client, const load::County& county,
                                      Answers& answers) {
  std::vector<std::string> ids;
  d::ListDemandsRequest request;
  request.set_county(county.id);
  request.set_page_size(kPageSize);
  do {
    const auto page =
        load::ask<d::ListDemandsResponse>(client, {.actor = county.coordinator}, request);
    for (const auto& demand : page.demands()) {
      ids.push_back(demand.demand_id());
      answers[fmt::format("demand {} {}", county.id, demand.demand_id())] = bytes_of(demand);
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return ids;
}

void ask_histories(load::Client& client, const load::County& county,
                   const std::vector<std::string>& ids, Snapshot& out) {
  std::string failed;
  std::size_t next = 0;
  std::function<void()> more = [&] {
    if (next == ids.size() || !failed.empty()) return;
    const auto& id = ids[next++];
    d::GetDemandHistoryRequest request;
    request.set_county(county.id);
    request.set_demand_id(id);
    request.set_page_size(kPageSize);
    client.call({.actor = county.coordinator}, request,
                [&, id](const load::Outcome& outcome, d::GetDemandHistoryResponse& response) {
                  if (!outcome.ok() || !response.next_page_token().empty()) {
                    failed = fmt::format("the history of {} in {}: {}", id, county.id,
                                         outcome.ok() ? "more than a page" : to_string(outcome));
                    return;
                  }
                  const auto name = fmt::format("{} {}", county.id, id);
                  auto& lines = out.histories[name];
                  auto& bytes = out.answers["history " + name];
                  for (const auto& event : response.events()) {
                    lines.push_back(line_of(event.place(), event.type(), marker_of(event)));
                    bytes += bytes_of(event);
                  }
                  more();
                });
  };
  for (int i = 0; i < kHistoriesInFlight; ++i) more();
  client.drain();
  if (!failed.empty()) throw std::runtime_error(failed);
}

class Judge {
 public:
  Judge(const std::vector<load::County>& counties, const Snapshot& snapshot, Ledger& ledger)
      : counties_(counties), snapshot_(snapshot), ledger_(ledger) {
    for (auto& asked : ledger.asked) by_request_.emplace(asked.request_id, &asked);
  }

  void dispatch(const ServiceLog& log) {
    std::map<std::string, std::vector<std::string>> histories;
    for (const auto& event : log.events) {
      if (!event.actor.starts_with("person:")) {
        if (event.type != "lianmeng.runtime.v1.NoOp") wrong(event, "nobody asked for it");
        continue;
      }
      const auto found = by_request_.find(event.request_id);
      if (found == by_request_.end()) {
        wrong(event, "its request was never made");
        continue;
      }
      compare(event, *found->second);
      if (!landed_.emplace(event.request_id, event.place).second) {
        wrong(event, "a second time, first at " + landed_[event.request_id]);
      }
      const auto id = event.subject.substr(event.subject.find('/') + 1);
      if (event.type == "lianmeng.dispatch.v1.DemandSubmitted") submitted_.insert(event.place);
      histories[fmt::format("{} {}", event.county, id)].push_back(
          line_of(event.place, event.type, marker_of(event)));
    }
    for (const auto& asked : ledger_.asked) check_landed(asked);
    check_state(histories);
  }

  // A notice for each submission, once, however often the policy began again.
  void notification(const ServiceLog& log) {
    std::set<std::string> causes;
    std::map<std::string, std::int64_t> posted;
    for (const auto& event : log.events) {
      if (event.type == "lianmeng.runtime.v1.NoOp") continue;
      if (event.type != "lianmeng.notification.v1.NoticePosted") {
        wrong(event, "nobody asked for it");
      } else if (!causes.insert(event.cause).second) {
        wrong(event, "a second time for " + event.cause);
      } else if (!submitted_.contains(event.cause)) {
        wrong(event, "for " + event.cause + ", which is no submission");
      } else {
        ++posted[event.county];
      }
    }
    for (const auto& place : submitted_) {
      if (!causes.contains(place)) say(place + ": no notice of it");
    }
    for (const auto& county : counties_) {
      const auto unread = snapshot_.unread.at(county.id);
      if (unread != posted[county.id]) {
        say(fmt::format("{}: {} notices in the log, {} unread in the inbox", county.id,
                        posted[county.id], unread));
      }
    }
  }

 private:
  void say(std::string text) { ledger_.wrong.push_back(std::move(text)); }
  void wrong(const Event& event, std::string_view text) {
    say(fmt::format("{} ({}): {}", event.place, event.type, text));
  }

  void compare(const Event& event, const Asked& asked) {
    const bool comment = asked.kind == Asked::Kind::kComment;
    const std::string_view type =
        comment ? "lianmeng.dispatch.v1.DemandCommented" : "lianmeng.dispatch.v1.DemandSubmitted";
    if (event.type != type || marker_of(event) != asked.marker ||
        event.county != counties_[asked.county].id) {
      wrong(event, "it is not what its request asked for: " + asked.marker);
    }
    if (asked.again != nullptr) wrong(event, "its external command was there already");
    if (comment && event.subject != "demands/" + asked.demand_id) wrong(event, "another demand's");
  }

  void check_landed(const Asked& asked) {
    const auto landed = landed_.find(asked.request_id);
    const bool there = landed != landed_.end();
    if (asked.again != nullptr) {
      if (asked.answered && asked.place != asked.again->place) {
        say(fmt::format("{}: answered as {}, the first time as {}", asked.marker, asked.place,
                        asked.again->place));
      }
      return;
    }
    if (!asked.answered) return;  // At most once, which was counted.
    if (!there) {
      say(fmt::format("{}: acknowledged as {} and not in the log", asked.marker, asked.place));
    } else if (landed->second != asked.place) {
      say(fmt::format("{}: acknowledged as {}, in the log as {}", asked.marker, asked.place,
                      landed->second));
    }
    const auto name = fmt::format("{} {}", counties_[asked.county].id, asked.demand_id);
    if (!snapshot_.histories.contains(name)) {
      say(fmt::format("{}: acknowledged for demand {}, which the API does not list", asked.marker,
                      name));
    }
  }

  void check_state(const std::map<std::string, std::vector<std::string>>& histories) {
    for (const auto& [name, lines] : histories) {
      const auto found = snapshot_.histories.find(name);
      if (found == snapshot_.histories.end()) {
        say(fmt::format("demand {} is in the log and not listed", name));
      } else if (found->second != lines) {
        say(fmt::format("demand {}: {} events in the log, {} told by the API, not alike", name,
                        lines.size(), found->second.size()));
      }
    }
    for (const auto& [name, lines] : snapshot_.histories) {
      if (!histories.contains(name)) say(fmt::format("demand {} is listed, not in the log", name));
    }
  }

  const std::vector<load::County>& counties_;
  const Snapshot& snapshot_;
  Ledger& ledger_;
  std::map<std::string, const Asked*> by_request_;
  std::map<std::string, std::string> landed_;  // request_id → place
  std::set<std::string> submitted_;            // Places.
};

}  // namespace

std::map<std::string, ServiceLog> read_log(const std::filesystem::path& folder) {
  SystemClock clock;
  auto log =
      log::EmbeddedLog::open({.path = folder}, clock, [](log::LogNotice, const std::string&) {});
  if (!log) throw std::runtime_error(log.error().message_en);
  return read_log(**log);
}

std::map<std::string, ServiceLog> read_log(log::Log& log) {
  std::map<std::string, ServiceLog> logs;
  for (const std::string service : {"membership", "dispatch", "notification"}) {
    std::deque<Reading> partitions;
    for (int partition = 0; partition < kPartitions; ++partition) {
      partitions.emplace_back(
          log, log::TopicPartition{fmt::format("lianmeng.{}.v1", service), partition});
    }
    for (auto& partition : partitions) partition.begin();
    for (int partition = 0; auto& reading : partitions) {
      read_chain(service, partition++, reading.records(), logs[service]);
    }
  }
  return logs;
}

Snapshot take_snapshot(load::Client& client, const std::vector<load::County>& counties) {
  Snapshot out;
  for (const auto& county : counties) {
    const auto ids = list_demands(client, county, out.answers);
    ask_histories(client, county, ids, out);
    notification::v1::CountUnreadRequest request;
    request.set_county(county.id);
    out.unread[county.id] = load::ask<notification::v1::CountUnreadResponse>(
                                client, {.actor = county.coordinator}, request)
                                .inbox()
                                .unread();
    out.answers["unread " + county.id] = std::to_string(out.unread[county.id]);
  }
  return out;
}

void judge(const std::vector<load::County>& counties, const std::map<std::string, ServiceLog>& logs,
           const Snapshot& snapshot, Ledger& ledger) {
  Judge judge(counties, snapshot, ledger);
  judge.dispatch(logs.at("dispatch"));
  judge.notification(logs.at("notification"));
}

std::vector<std::string> differences(const Snapshot& before, const Snapshot& after) {
  std::vector<std::string> found;
  for (const auto& [name, bytes] : before.answers) {
    const auto other = after.answers.find(name);
    if (other == after.answers.end()) {
      found.push_back(name + " is gone");
    } else if (other->second != bytes) {
      found.push_back(name + " has changed");
    }
  }
  for (const auto& [name, bytes] : after.answers) {
    if (!before.answers.contains(name)) found.push_back(name + " is new");
  }
  return found;
}

}  // namespace lianmeng::crash
