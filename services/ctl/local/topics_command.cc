#include "ctl/local/topics_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <optional>
#include <ostream>
#include <vector>

#include "ctl/caller.h"
#include "ctl/local/kafka_flags.h"
#include "ctl/local/report.h"
#include "ctl/values.h"
#include "platform/log/kafka/topics.h"

namespace lianmeng::ctl {
namespace {

using log::TopicPlan;

bool is_set(const Parsed& parsed, std::string_view name) {
  return flag_or(parsed, name, "false") != "false";
}

Result<std::optional<int>> replication_of(const Parsed& parsed) {
  const auto text = flag_or(parsed, "replication", "");
  if (text.empty()) return std::optional<int>();
  int value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || value < 1) {
    return fail(
        usage_error(fmt::format("--replication 须为不小于 1 的整数，不是“{}”", text),
                    fmt::format("--replication takes a whole number from 1 on, not {}", text)));
  }
  return std::optional(value);
}

std::string_view action_of(const TopicPlan& plan) {
  if (plan.create) return "create";
  if (!plan.stuck.empty()) return "stuck";
  return plan.alter.empty() ? "sound" : "change";
}

// What would be done, in words: "cleanup.policy delete -> compact".
std::vector<std::string> steps_of(const TopicPlan& plan) {
  std::vector<std::string> steps;
  if (plan.create) {
    steps.push_back(fmt::format("partitions {}", plan.create->partitions));
    steps.push_back(fmt::format("replication.factor {}", plan.create->replication));
    for (const auto& [name, value] : plan.create->settings) {
      steps.push_back(fmt::format("{} {}", name, value));
    }
  }
  for (const auto& each : plan.alter) {
    steps.push_back(fmt::format("{} {} -> {}", each.setting, each.is, each.set_to));
  }
  return steps;
}

void print(const std::vector<TopicPlan>& plans, const Options& options,
           const Environment& environment) {
  for (const auto& plan : plans) {
    if (options.print.format != Format::kTable) {
      Facts facts;
      facts.add("topic", plan.topic);
      facts.add("action", std::string(action_of(plan)));
      facts.add("steps", fmt::format("{}", fmt::join(steps_of(plan), "; ")));
      std::vector<std::string> stuck;
      for (const auto& each : plan.stuck) stuck.push_back(log::to_string(each));
      facts.add("stuck", fmt::format("{}", fmt::join(stuck, "; ")));
      facts.print(options, environment);
      continue;
    }
    environment.out << fmt::format("{:<7} {}\n", action_of(plan), plan.topic);
    for (const auto& step : steps_of(plan)) environment.out << "        " << step << "\n";
  }
}

// One sentence for each rule that is broken, on standard error; whether there is none.
bool tell_breaches(const std::vector<TopicPlan>& plans, bool alterable_too,
                   const std::string& command, const Environment& environment) {
  bool sound = true;
  for (const auto& plan : plans) {
    if (plan.create && alterable_too) {
      sound = false;
      environment.err << fmt::format("topic {} is not there; make it: {}\n", plan.topic, command);
    }
    for (const auto* list : {&plan.alter, &plan.stuck}) {
      if (list == &plan.alter && !alterable_too) continue;
      for (const auto& breach : *list) {
        sound = false;
        environment.err << log::to_string(breach, command) << "\n";
      }
    }
  }
  return sound;
}

}  // namespace

int run_topics(const Parsed& parsed, const Options& options, const Environment& environment) {
  const auto& verb = parsed.positional.front();
  if (verb != "plan" && verb != "apply" && verb != "check") {
    return report_local(
        usage_error("topics 之后应为 plan、apply 或 check", "topics takes plan, apply or check"),
        options, environment);
  }
  const auto replication = replication_of(parsed);
  if (!replication) return report_local(replication.error(), options, environment);
  const auto file = flag_or(parsed, "config", "");
  auto kafka = kafka_options(flag_or(parsed, "kafka", ""), file, environment);
  if (!kafka) return report_local(kafka.error(), options, environment);
  if (is_set(parsed, "development")) kafka->development = true;

  const auto admin = log::KafkaAdmin::open(kafka->client("lianmengctl"));
  if (!admin) return report_local(admin.error(), options, environment);
  const auto rules = log::all_topic_rules(kafka->site());
  auto plans = log::plan_topics(**admin, rules);
  if (!plans) return report_local(plans.error(), options, environment);
  if (verb != "check") {
    const auto chosen = log::choose_replication(**admin, kafka->site(), *replication, *plans);
    if (!chosen) return report_local(chosen.error(), options, environment);
  }

  const auto command = kafka->topics_command(file);
  if (verb != "check") print(*plans, options, environment);
  if (verb == "plan") return kExitOk;
  if (verb == "apply") {
    if (auto applied = log::apply_topics(**admin, *plans); !applied) {
      return report_local(applied.error(), options, environment);
    }
  }
  if (tell_breaches(*plans, verb == "check", command, environment)) {
    if (verb == "check") {
      environment.out << fmt::format("{} topics keep the rules\n", plans->size());
    }
    return kExitOk;
  }
  return report_local(
      make_error(ErrorKind::kFailedPrecondition, "TOPIC_RULES",
                 verb == "check"
                     ? "the topics break the rules that are named above; no service starts on them"
                     : "what is named above stays as it is: Kafka has no call for it"),
      options, environment);
}

}  // namespace lianmeng::ctl
