#include "ctl/completion.h"

#include <fmt/format.h>

#include "ctl/help.h"
#include "ctl/options.h"
#include "ctl/request_builder.h"
#include "ctl/text.h"
#include "ctl/values.h"

namespace lianmeng::ctl {
namespace {

constexpr std::string_view kBash = R"(_lianmengctl() {
  local words=("${COMP_WORDS[@]:1:COMP_CWORD}")
  local IFS=$'\n'
  COMPREPLY=($(lianmengctl __complete "${words[@]}" 2>/dev/null))
}
complete -o default -o nosort -F _lianmengctl lianmengctl
)";

constexpr std::string_view kZsh = R"(#compdef lianmengctl
_lianmengctl() {
  local -a found
  found=("${(@f)$(lianmengctl __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "${found[1]}" ]]; then compadd -Q -- "${found[@]}"; else _files; fi
}
compdef _lianmengctl lianmengctl
)";

constexpr std::string_view kFish = R"(function __lianmengctl_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -e words[1]
  lianmengctl __complete $words "$current" 2>/dev/null
end
complete -c lianmengctl -a '(__lianmengctl_complete)'
)";

using Strings = std::vector<std::string>;

Strings hint_choices(std::string_view hint) {
  if (hint == "zh|en" || hint == "table|json|ndjson" || hint == "true|false")
    return split(hint, '|');
  return {};
}

// What a generated command offers: the flag before asks for a value, or a flag is to come.
struct Offer {
  Strings flags;
  bool wants_value = false;
  Strings values;
};

Offer offer_for(const Catalogue& catalogue, const Strings& words, const std::string& before) {
  Offer offer;
  const auto name = before.starts_with("-") ? parse_argument(before).name : "";
  const bool open = before.find('=') == std::string::npos;
  const auto add = [&](const GlobalFlag& flag) {
    offer.flags.push_back(fmt::format("--{}", flag.name));
    if (open && flag.name == name && !flag.hint.empty()) {
      offer.wants_value = true;
      offer.values = hint_choices(flag.hint);
    }
  };
  const auto* service = words.empty() ? nullptr : catalogue.find_service(words[0]);
  if (service != nullptr && words.size() > 1) {
    if (const auto* method = catalogue.find_method(*service, words[1])) {
      for (const auto& flag : flags_of(*method->input_type())) {
        offer.flags.push_back("--" + flag.name);
        if (!open || flag.name != name || flag.is_switch()) continue;
        offer.wants_value = true;
        if (flag.field().cpp_type() == pb::FieldDescriptor::CPPTYPE_ENUM) {
          offer.values = choices(*flag.field().enum_type());
        }
      }
      for (const auto& flag : request_flags()) add(flag);
    }
  } else if (const auto* tool = words.empty() ? nullptr : find_built_in(words[0])) {
    for (const auto& flag : tool->flags) {
      add(flag);
      if (tool->name == "watch" && flag.name == "service" && name == "service") {
        offer.values = service_names(catalogue);
      }
    }
  }
  const auto own = offer.flags;
  for (const auto& flag : global_flags()) {
    if (std::find(own.begin(), own.end(), fmt::format("--{}", flag.name)) == own.end()) add(flag);
  }
  if (name == "o") {
    offer.wants_value = true;
    offer.values = {"table", "json", "ndjson"};
  }
  return offer;
}

}  // namespace

Result<std::string> completion_script(std::string_view shell) {
  if (shell == "bash") return std::string(kBash);
  if (shell == "zsh") return std::string(kZsh);
  if (shell == "fish") return std::string(kFish);
  return fail(usage_error(fmt::format("不支持“{}”；可选：bash、zsh、fish", shell),
                          fmt::format("\"{}\" is none of bash, zsh, fish", shell)));
}

std::vector<std::string> complete(const Catalogue& catalogue,
                                  const std::vector<std::string>& typed) {
  // bash takes --kind=funds apart into three words and completes the last.
  auto words = typed;
  if (!words.empty() && words.back() == "=") words.back().clear();
  if (words.size() > 2 && words[words.size() - 2] == "=") words.erase(words.end() - 2);
  const auto last = words.empty() ? std::string() : words.back();
  // The command words: flags that stand before the service, and their values, are left out.
  Strings commands;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i].starts_with("-")) {
      if (commands.size() < 2 && words[i].find('=') == std::string::npos) {
        const auto* flag = find_global(parse_argument(words[i]).name);
        if (flag != nullptr && !flag->hint.empty()) ++i;
      }
      continue;
    }
    commands.push_back(words[i]);
  }
  const auto before = words.size() > 1 ? words[words.size() - 2] : std::string();
  const auto offer = offer_for(catalogue, commands, before);
  Strings candidates;
  std::string prefix = last;
  std::string glue;
  const auto equals = last.find('=');
  if (last.starts_with("--") && equals != std::string::npos) {
    // --kind=fu: the value completes, the flag stays in front.
    auto head = commands;
    candidates = offer_for(catalogue, head, last.substr(0, equals)).values;
    glue = last.substr(0, equals + 1);
    prefix = last.substr(equals + 1);
  } else if (offer.wants_value) {
    candidates = offer.values;
  } else if (last.starts_with("-")) {
    candidates = offer.flags;
  } else if (commands.empty()) {
    candidates = service_names(catalogue);
    for (const auto& tool : built_ins()) candidates.emplace_back(tool.name);
  } else if (commands.size() == 1) {
    if (const auto* service = catalogue.find_service(commands[0])) {
      candidates = method_names(*service);
    } else if (commands[0] == "completion") {
      candidates = {"bash", "zsh", "fish"};
    } else if (commands[0] == "county") {
      candidates = {"create"};
    }
  } else {
    candidates = catalogue.find_service(commands[0]) != nullptr ? offer.flags : Strings();
  }
  Strings out;
  for (const auto& candidate : candidates) {
    if (candidate.starts_with(prefix)) out.push_back(glue + candidate);
  }
  return out;
}

}  // namespace lianmeng::ctl
