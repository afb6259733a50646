#include "ctl/local/keys_command.h"

#include <filesystem>
#include <ostream>

#include "ctl/caller.h"
#include "ctl/local/kafka_flags.h"
#include "ctl/local/report.h"
#include "ctl/values.h"
#include "platform/log/topic_rules.h"
#include "platform/seal/key_backup.h"
#include "platform/seal/topic/key_copy.h"

namespace lianmeng::ctl {
namespace {

namespace fs = std::filesystem;

// The topic of the keys, which keeps its rules.
struct OnKafka {
  std::unique_ptr<log::KafkaLog> log;
  seal::KeyCopyOptions options;
};

Result<OnKafka> open_topic(const Parsed& parsed, const fs::path& master_key,
                           const Environment& environment) {
  auto kafka =
      kafka_options(flag_or(parsed, "kafka", ""), flag_or(parsed, "config", ""), environment);
  if (!kafka) return fail(kafka.error());
  if (flag_or(parsed, "development", "false") != "false") kafka->development = true;
  auto log = open_kafka(*kafka, environment);
  if (!log) return fail(log.error());
  const auto rules = log::keys_topic_rules(kafka->site());
  if (auto kept = log::check_topic(rules, **log); !kept) return fail(kept.error());
  seal::KeyCopyOptions options;
  options.master_key = master_key;
  return OnKafka{std::move(*log), std::move(options)};
}

Result<seal::KeyCounts> back_up(const seal::FileKeyStoreConfig& store, const std::string& to,
                                const Parsed& parsed, const Environment& environment) {
  if (!is_on_kafka(parsed)) return seal::backup_keys(store.directory, to);
  const auto kafka = open_topic(parsed, store.master_key, environment);
  if (!kafka) return fail(kafka.error());
  return seal::backup_keys_of_topic(*kafka->log, to, environment.clock, kafka->options);
}

Result<seal::KeyCounts> bring_back(const seal::FileKeyStoreConfig& store, const std::string& from,
                                   const Parsed& parsed, const Environment& environment) {
  if (!is_on_kafka(parsed)) {
    return seal::restore_keys(from, store,
                              [&](const std::string& text) { environment.err << text << "\n"; });
  }
  const auto kafka = open_topic(parsed, store.master_key, environment);
  if (!kafka) return fail(kafka.error());
  return seal::restore_keys_to_topic(from, *kafka->log, environment.clock, kafka->options);
}

// Where the keys are, for whoever reads the answer.
std::string place_of(const seal::FileKeyStoreConfig& store, const Parsed& parsed) {
  return is_on_kafka(parsed) ? std::string(log::kKeysTopic) : store.directory.string();
}

int backup(const seal::FileKeyStoreConfig& store, const Parsed& parsed, const Options& options,
           const Environment& environment) {
  const auto to = flag_or(parsed, "to", "");
  if (to.empty()) {
    return report_local(usage_error("请用 --to 指明备份文件", "name the backup's file with --to"),
                        options, environment);
  }
  const auto counts = back_up(store, to, parsed, environment);
  if (!counts) return report_local(counts.error(), options, environment);
  Facts facts;
  facts.add("keys", counts->live);
  facts.add("erased", counts->erased);
  facts.add("backup", to);
  facts.print(options, environment);
  environment.err << tr(options.lang(), "主密钥不在其中：", "The master key is not in it: ")
                  << store.master_key.string()
                  << tr(options.lang(), "，请另行备份，不要与此文件放在一起。\n",
                        "; back it up apart from this file.\n");
  return kExitOk;
}

int restore(const seal::FileKeyStoreConfig& store, const Parsed& parsed, const Options& options,
            const Environment& environment) {
  const auto from = flag_or(parsed, "from", "");
  if (from.empty()) {
    return report_local(
        usage_error("请用 --from 指明备份文件", "name the backup's file with --from"), options,
        environment);
  }
  const auto counts = bring_back(store, from, parsed, environment);
  if (!counts) return report_local(counts.error(), options, environment);
  Facts facts;
  facts.add("restored", counts->added);
  facts.add("keys", counts->live);
  facts.add("erased", counts->erased);
  facts.add("store", place_of(store, parsed));
  facts.print(options, environment);
  environment.err << tr(options.lang(),
                        "日志中已注销人员的密钥，在 membership 服务（重新）启动时再次删除。\n",
                        "Whom the log says to be erased loses the keys again when membership is "
                        "started, or started again.\n");
  return kExitOk;
}

}  // namespace

int run_keys(const Parsed& parsed, const Options& options, const Environment& environment) {
  const fs::path data = flag_or(parsed, "data", "data");
  const seal::FileKeyStoreConfig store{
      data / "keys", flag_or(parsed, "master-key", (data / "master.key").string())};
  const auto& verb = parsed.positional.front();
  if (verb == "backup") return backup(store, parsed, options, environment);
  if (verb == "restore") return restore(store, parsed, options, environment);
  return report_local(
      usage_error("keys 之后应为 backup 或 restore", "keys takes backup or restore"), options,
      environment);
}

}  // namespace lianmeng::ctl
