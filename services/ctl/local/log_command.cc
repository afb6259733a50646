#include "ctl/local/log_command.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <ostream>

#include "ctl/caller.h"
#include "ctl/local/kafka_flags.h"
#include "ctl/local/log_copy_command.h"
#include "ctl/local/report.h"
#include "ctl/values.h"
#include "platform/log/backup/backup.h"
#include "platform/log/check.h"
#include "platform/runtime/chain.h"
#include "platform/runtime/errors.h"

namespace lianmeng::ctl {
namespace {

// The chain of every partition, judged as the runtime judges it.
class Chains {
 public:
  Status take(const log::SegmentIndex& index, std::string_view bytes) {
    for (const auto& [at, extent] : index.extents) {
      auto& chain = chains_[at];
      for (const auto position : extent.positions) {
        log::Record record;
        // What is damaged is told by the scan.
        if (!log::record_at(index, bytes, position, &record)) continue;
        const auto offset = record.offset;
        const auto envelope = runtime::parse_record(std::move(record));
        const auto verdict = envelope ? chain.judge(*envelope) : runtime::Verdict::kVoid;
        if (verdict == runtime::Verdict::kBroken) {
          broken_.push_back(runtime::chain_broken(to_string(at), chain.tip().sequence).message_en);
        }
        if (verdict != runtime::Verdict::kValid) {
          ++void_records_;
          continue;
        }
        chain.accept(envelope->id, envelope->sequence, offset, envelope->time);
        ++valid_records_;
      }
    }
    return {};
  }

  std::uint64_t valid_records() const { return valid_records_; }
  std::uint64_t void_records() const { return void_records_; }
  const std::vector<std::string>& broken() const { return broken_; }

 private:
  std::map<log::TopicPartition, runtime::Chain> chains_;
  std::uint64_t valid_records_ = 0;
  std::uint64_t void_records_ = 0;
  std::vector<std::string> broken_;
};

Facts facts_of(const log::BackupSummary& summary) {
  Facts facts;
  facts.add("made", to_rfc3339(summary.manifest.made));
  facts.add("segments", summary.manifest.segments.size());
  facts.add("records", summary.records);
  facts.add("bytes", summary.bytes);
  return facts;
}

int backup(const std::string& data, const Parsed& parsed, const Options& options,
           const Environment& environment) {
  const auto to = flag_or(parsed, "to", "");
  if (to.empty()) {
    return report_local(usage_error("请用 --to 指明备份目录", "name the backup's folder with --to"),
                        options, environment);
  }
  const auto made = log::backup_log(log::system_file_ops(), environment.clock, data + "/log", to);
  if (!made) return report_local(made.error(), options, environment);
  auto facts = facts_of(*made);
  facts.add("backup", to);
  facts.print(options, environment);
  return kExitOk;
}

int restore(const std::string& data, const Parsed& parsed, const Options& options,
            const Environment& environment) {
  const auto from = flag_or(parsed, "from", "");
  if (from.empty()) {
    return report_local(
        usage_error("请用 --from 指明备份目录", "name the backup's folder with --from"), options,
        environment);
  }
  // A state that was folded from another log would be refused at the start, partition by partition.
  const auto store = data + "/store";
  std::error_code ignored;
  if (!log::is_in_use(data + "/log") && std::filesystem::exists(store, ignored) &&
      !std::filesystem::is_empty(store, ignored)) {
    return report_local(
        make_error(ErrorKind::kAlreadyExists, "TARGET_EXISTS",
                   fmt::format("{} holds the state of another log; move it away or delete it (it "
                               "is a cache and is folded anew), then restore again",
                               store)),
        options, environment);
  }
  const auto restored = log::restore_log(log::system_file_ops(), from, data + "/log");
  if (!restored) return report_local(restored.error(), options, environment);
  auto facts = facts_of(*restored);
  facts.add("log", data + "/log");
  facts.print(options, environment);
  return kExitOk;
}

int verify(const std::string& data, const Parsed& parsed, const Options& options,
           const Environment& environment) {
  const auto from = flag_or(parsed, "backup", "");
  Chains chains;
  const auto look = [&](const log::SegmentIndex& index, std::string_view bytes) {
    return chains.take(index, bytes);
  };
  Facts facts;
  std::vector<std::string> damage;
  if (from.empty()) {
    const auto scan = log::scan_journal(log::system_file_ops(), data + "/log", look);
    if (!scan) return report_local(scan.error(), options, environment);
    for (const auto& warning : scan->warnings) environment.err << warning << "\n";
    damage = scan->damage;
    facts.add("segments", scan->segments.size());
    facts.add("bytes", scan->bytes);
    facts.add("torn_bytes", scan->torn_bytes);
  } else {
    const auto summary = log::verify_backup(log::system_file_ops(), from, look);
    if (!summary) return report_local(summary.error(), options, environment);
    facts = facts_of(*summary);
  }
  damage.insert(damage.end(), chains.broken().begin(), chains.broken().end());
  facts.add("valid_records", chains.valid_records());
  facts.add("void_records", chains.void_records());
  facts.add("damaged_places", damage.size());
  facts.print(options, environment);
  if (damage.empty()) return kExitOk;
  for (const auto& line : damage) environment.err << line << "\n";
  return report_local(
      make_error(ErrorKind::kDataLoss, "LOG_DAMAGED",
                 fmt::format("{} is damaged in {} places, named above. The partitions that it hits "
                             "are stopped and the others serve on; bring the last good backup back",
                             from.empty() ? data + "/log" : from, damage.size())),
      options, environment);
}

Error not_of_kafka() {
  return usage_error(
      "Kafka 上的日志不备份成文件，也不从文件恢复：它由各 broker 的副本保存。要另存一份，请用 log "
      "copy "
      "--from-kafka … --to-kafka … 复制到另一套 Kafka；核对请用 state verify --kafka；密钥请用 "
      "keys "
      "backup --kafka",
      "a log on Kafka is neither backed up to files nor restored from them: its brokers' replicas "
      "keep it. For one more copy: log copy --from-kafka … --to-kafka …, to another cluster; to "
      "check it: state verify --kafka; the keys: keys backup --kafka");
}

}  // namespace

int run_log(const Parsed& parsed, const Options& options, const Environment& environment) {
  const auto& verb = parsed.positional.front();
  const auto data = flag_or(parsed, "data", "data");
  if (verb != "copy" && is_on_kafka(parsed))
    return report_local(not_of_kafka(), options, environment);
  if (verb == "backup") return backup(data, parsed, options, environment);
  if (verb == "restore") return restore(data, parsed, options, environment);
  if (verb == "verify") return verify(data, parsed, options, environment);
  if (verb == "copy") return run_log_copy(data, parsed, options, environment);
  return report_local(
      usage_error(fmt::format("没有 log {}；可选：backup、restore、verify、copy", verb),
                  fmt::format("there is no log {}; choices: backup, restore, verify, copy", verb)),
      options, environment);
}

}  // namespace lianmeng::ctl
