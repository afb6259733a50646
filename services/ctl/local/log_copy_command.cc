#include "ctl/local/log_copy_command.h"

#include <filesystem>
#include <ostream>
#include <vector>

#include "ctl/caller.h"
#include "ctl/local/kafka_flags.h"
#include "ctl/local/log_copy.h"
#include "ctl/local/report.h"
#include "ctl/values.h"
#include "platform/log/topic_rules.h"
#include "platform/seal/topic/key_copy.h"

namespace lianmeng::ctl {
namespace {

std::vector<std::string> log_topics() {
  std::vector<std::string> topics;
  for (const auto service : log::kServices) topics.push_back(log::service_topic(service));
  return topics;
}

struct Copied {
  CopySummary log;
  seal::KeyCounts keys;
};

// Keys first: whoever finds an event finds what opens it.
Result<Copied> copy(const std::string& data, const std::string& master_key, log::Log* from,
                    log::Log& to, const log::KafkaOptions& target, const std::string& target_file,
                    Clock& clock) {
  for (const auto& rules : log::all_topic_rules(target.site())) {
    if (auto kept = log::check_topic(rules, to); !kept) {
      return fail(target.with_command(kept.error(), target_file));
    }
  }
  auto source = from != nullptr ? Result<std::unique_ptr<LogSource>>(make_log_source(*from))
                                : open_journal_source(data + "/log");
  if (!source) return fail(source.error());
  seal::KeyCopyOptions with;
  if (from == nullptr) with.master_key = master_key;
  auto keys = from != nullptr ? seal::copy_keys_of_topic(*from, to, clock, with)
                              : seal::copy_keys_of_files(data + "/keys", to, clock, with);
  if (!keys) return fail(keys.error());
  const auto copied = copy_log(log_topics(), **source, to);
  if (!copied) return fail(copied.error());
  return Copied{*copied, *keys};
}

}  // namespace

int run_log_copy(const std::string& data, const Parsed& parsed, const Options& options,
                 const Environment& environment) {
  const auto told = [&](const char* name) { return flag_or(parsed, name, ""); };
  if (told("to-kafka").empty() && told("to-config").empty()) {
    return report_local(usage_error("请用 --to-kafka host:port 或 --to-config 指明复制到哪套 Kafka",
                                    "name the brokers to copy to with --to-kafka host:port or "
                                    "--to-config"),
                        options, environment);
  }
  auto target = kafka_options(told("to-kafka"), told("to-config"), environment);
  if (!target) return report_local(target.error(), options, environment);
  if (flag_or(parsed, "development", "false") != "false") target->development = true;
  const auto to = open_kafka(*target, environment);
  if (!to) return report_local(to.error(), options, environment);

  std::unique_ptr<log::KafkaLog> from;
  if (!told("from-kafka").empty() || !told("from-config").empty()) {
    const auto source = kafka_options(told("from-kafka"), told("from-config"), environment);
    if (!source) return report_local(source.error(), options, environment);
    if (source->bootstrap == target->bootstrap) {
      return report_local(
          usage_error("来源与目标是同一套 Kafka", "source and target are the same brokers"),
          options, environment);
    }
    auto opened = open_kafka(*source, environment);
    if (!opened) return report_local(opened.error(), options, environment);
    from = std::move(*opened);
  }
  const auto master_key = flag_or(parsed, "master-key", data + "/master.key");
  const auto copied =
      copy(data, master_key, from.get(), **to, *target, told("to-config"), environment.clock);
  if (!copied) return report_local(copied.error(), options, environment);
  Facts facts;
  facts.add("partitions", copied->log.partitions);
  facts.add("events_copied", copied->log.copied);
  facts.add("events_there_already", copied->log.there_already);
  facts.add("void_records_left_out", copied->log.void_records);
  facts.add("keys_copied", copied->keys.added);
  facts.add("keys", copied->keys.live);
  facts.add("keys_erased", copied->keys.erased);
  facts.print(options, environment);
  environment.err << tr(options.lang(), "已读回核对。主密钥不在其中，请另行放到每台主机。\n",
                        "Read back and compared. The master key is not in it: bring it to every "
                        "host apart.\n");
  return kExitOk;
}

}  // namespace lianmeng::ctl
