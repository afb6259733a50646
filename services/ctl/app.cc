#include "ctl/app.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <ostream>

#include "ctl/commands.h"
#include "ctl/completion.h"
#include "ctl/endpoints.h"
#include "ctl/help.h"
#include "ctl/values.h"

namespace lianmeng::ctl {
namespace {

using Strings = std::vector<std::string>;

Error unknown_word(std::string_view zh_kind, std::string_view en_kind, const std::string& word,
                   const Strings& known) {
  const auto near = nearest(word, known);
  return usage_error(
      near.empty() ? fmt::format("没有“{}”这个{}。可选：{}", word, zh_kind, join(known, "、"))
                   : fmt::format("没有“{}”这个{}，是不是“{}”？", word, zh_kind, near),
      near.empty()
          ? fmt::format("there is no {} \"{}\". Known: {}", en_kind, word, join(known, ", "))
          : fmt::format("there is no {} \"{}\", did you mean \"{}\"?", en_kind, word, near));
}

// Flags before the first word: global ones only.
Result<Strings> take_leading_flags(const Strings& arguments, Options& options) {
  std::size_t i = 0;
  Strings leading;
  while (i < arguments.size() && arguments[i].starts_with("-")) {
    leading.push_back(arguments[i]);
    const auto argument = parse_argument(arguments[i++]);
    const auto* flag = find_global(argument.name);
    if (flag != nullptr && !flag->hint.empty() && !argument.value && i < arguments.size()) {
      leading.push_back(arguments[i++]);
    }
  }
  const auto parsed = parse_arguments(leading, {}, options);
  if (!parsed) return fail(parsed.error());
  return Strings(arguments.begin() + static_cast<std::ptrdiff_t>(i), arguments.end());
}

int run_county(const Catalogue& catalogue, const Strings& arguments, Options options,
               const Environment& environment) {
  const auto* service = catalogue.find_service("membership");
  const auto* method =
      service == nullptr ? nullptr : catalogue.find_method(*service, "create-county");
  // "create" alone would send an empty request.
  if (arguments.size() < 2 || arguments[0] != "create" || method == nullptr) {
    return report(usage_error("用法：lianmengctl county create --file county.toml",
                              "usage: lianmengctl county create --file county.toml"),
                  options, environment);
  }
  // The operator's right; --as still wins, and a token says by itself who acts.
  if (options.call.actor.empty() && options.call.credentials.token_file.empty())
    options.call.actor = "operator:" + environment.user;
  return run_method(catalogue, *service, *method, Strings(arguments.begin() + 1, arguments.end()),
                    options, environment);
}

// What is asked of servers as such is asked of each, one after another; the exit code is the worst.
int run_at_each(Options options, const Environment& environment,
                const std::function<int(const Options&)>& run) {
  const auto endpoints = Endpoints::parse(options.address);
  if (!endpoints || endpoints->all().size() < 2) return run(options);
  int worst = kExitOk;
  for (const auto& address : endpoints->all()) {
    if (options.print.format == Format::kTable) {
      environment.out << address << "\n" << std::flush;
    }
    options.address = address;
    worst = std::max(worst, run(options));
  }
  return worst;
}

int run_built_in(const Catalogue& catalogue, const BuiltIn& tool, const Strings& arguments,
                 Options options, const Environment& environment) {
  const bool wants_help = std::any_of(arguments.begin(), arguments.end(), [](const auto& word) {
    return word == "--help" || word == "-h";
  });
  if (tool.name == "county" && !options.help && !(wants_help && arguments.size() == 1)) {
    return run_county(catalogue, arguments, options, environment);
  }
  const auto parsed = parse_arguments(arguments, tool.flags, options);
  if (!parsed) return report(parsed.error(), options, environment);
  if (options.help) {
    environment.out << built_in_help(tool, options.lang(), environment.width);
    return kExitOk;
  }
  const bool local = tool.name == "log" || tool.name == "keys" || tool.name == "state" ||
                     tool.name == "token" || tool.name == "topics";
  const std::size_t wanted = local || tool.name == "import" || tool.name == "completion" ? 1 : 0;
  if (parsed->positional.size() != wanted) {
    return report(
        usage_error(fmt::format("用法：{}", tool.usage), fmt::format("usage: {}", tool.usage)),
        options, environment);
  }
  if (local) return environment.local(tool.name, *parsed, options, environment);
  if (tool.name == "watch") return run_watch(catalogue, parsed->flags, options, environment);
  const auto at_each = [&](auto run) { return run_at_each(options, environment, run); };
  if (tool.name == "drain") {
    return at_each(
        [&](const Options& at) { return run_drain(catalogue, parsed->flags, at, environment); });
  }
  if (tool.name == "resume") {
    return at_each([&](const Options& at) { return run_resume(catalogue, at, environment); });
  }
  if (tool.name == "stop") {
    return at_each(
        [&](const Options& at) { return run_stop(catalogue, parsed->flags, at, environment); });
  }
  if (tool.name == "status") {
    return at_each([&](const Options& at) { return run_status(catalogue, at, environment); });
  }
  if (tool.name == "import") {
    const auto has = [&](std::string_view name) {
      return std::any_of(parsed->flags.begin(), parsed->flags.end(), [&](const Given& given) {
        return given.name == name && given.value != "false";
      });
    };
    return run_import(catalogue, parsed->positional[0], has("dry-run"), has("keep-going"), options,
                      environment);
  }
  if (tool.name == "completion") {
    const auto script = completion_script(parsed->positional[0]);
    if (!script) return report(script.error(), options, environment);
    environment.out << *script;
    return kExitOk;
  }
  environment.out << "lianmengctl " << LIANMENG_VERSION << "\n";
  return kExitOk;
}

int run_service(const Catalogue& catalogue, const Service& service, const Strings& arguments,
                Options options, const Environment& environment) {
  auto rest = take_leading_flags(arguments, options);
  if (!rest) return report(rest.error(), options, environment);
  if (rest->empty()) {
    (options.help ? environment.out : environment.err)
        << service_help(service, options.lang(), environment.width);
    return options.help ? kExitOk : kExitUsage;
  }
  const auto* method = catalogue.find_method(service, rest->front());
  if (method == nullptr) {
    return report(unknown_word("命令", "command", rest->front(), method_names(service)), options,
                  environment);
  }
  return run_method(catalogue, service, *method, Strings(rest->begin() + 1, rest->end()), options,
                    environment);
}

}  // namespace

int run(const Catalogue& catalogue, const Strings& arguments, const Environment& environment) {
  auto options = default_options(environment);
  if (!arguments.empty() && arguments[0] == "__complete") {
    for (const auto& word : complete(catalogue, Strings(arguments.begin() + 1, arguments.end()))) {
      environment.out << word << "\n";
    }
    return kExitOk;
  }
  // The language holds for the errors about everything else on the line.
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto argument = parse_argument(arguments[i]);
    if (argument.name != "lang") continue;
    const auto value = argument.value             ? *argument.value
                       : i + 1 < arguments.size() ? arguments[i + 1]
                                                  : std::string();
    if (value == "zh" || value == "en") options.print.lang = value == "zh" ? Lang::kZh : Lang::kEn;
  }
  auto rest = take_leading_flags(arguments, options);
  if (!rest) return report(rest.error(), options, environment);
  if (!rest->empty() && rest->front() == "help") {
    rest->erase(rest->begin());
    options.help = true;
  }
  if (rest->empty()) {
    (options.help ? environment.out : environment.err)
        << program_help(catalogue, options.lang(), environment.width);
    return options.help ? kExitOk : kExitUsage;
  }
  const auto word = rest->front();
  const Strings words(rest->begin() + 1, rest->end());
  if (const auto* service = catalogue.find_service(word)) {
    return run_service(catalogue, *service, words, options, environment);
  }
  if (const auto* tool = find_built_in(word)) {
    return run_built_in(catalogue, *tool, words, options, environment);
  }
  auto known = service_names(catalogue);
  for (const auto& tool : built_ins()) known.emplace_back(tool.name);
  return report(unknown_word("服务或工具", "service or tool", word, known), options, environment);
}

}  // namespace lianmeng::ctl
