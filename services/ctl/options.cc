#include "ctl/options.h"

#include <fmt/format.h>

#include <algorithm>

#include "ctl/endpoints.h"
#include "ctl/times.h"
#include "ctl/values.h"

namespace lianmeng::ctl {
namespace {

constexpr GlobalFlag kGlobalFlags[] = {
    {"address", "host:port",
     "服务器地址（默认 127.0.0.1:50051，环境变量 LIANMENG_ADDRESS）；各服务分开时写 "
     "dispatch=host:port,…",
     "the server (127.0.0.1:50051, or LIANMENG_ADDRESS); services apart: dispatch=host:port,…"},
    {"as", "person", "以谁的身份：人员编号 610524-p3，或 operator:root 等完整身份",
     "who acts: a person's id (610524-p3) or a full actor (operator:root)"},
    {"token-file", "file", "令牌文件，由它说明操作人（环境变量 LIANMENG_TOKEN_FILE）",
     "a file with the token that says who acts (LIANMENG_TOKEN_FILE)"},
    {"ca-file", "file|system", "用 TLS 连接，服务器证书由此机构签发（LIANMENG_CA_FILE）",
     "connect by TLS; who vouches for the server (LIANMENG_CA_FILE)"},
    {"cert-file", "file", "出示的证书，服务器要求时用（LIANMENG_CERT_FILE）",
     "the certificate to show, where the server asks (LIANMENG_CERT_FILE)"},
    {"key-file", "file", "该证书的私钥（LIANMENG_KEY_FILE）", "its key (LIANMENG_KEY_FILE)"},
    {"timeout", "duration", "每次尝试的时限（默认 10s）", "limit of each attempt (10s)"},
    {"output", "table|json|ndjson", "输出格式，简写 -o（默认 table）", "format, short -o (table)"},
    {"columns", "a,b,c", "列表显示哪些列", "the columns of a list"},
    {"all", "", "列表：取完所有页", "lists: follow every page"},
    {"lang", "zh|en", "语言（默认取自 LANG）", "language (by LANG)"},
    {"help", "", "显示帮助，简写 -h", "show help, short -h"},
};

}  // namespace

std::span<const GlobalFlag> global_flags() { return kGlobalFlags; }

const GlobalFlag* find_global(std::string_view name) {
  if (name == "o") name = "output";
  if (name == "h") name = "help";
  const auto* found = std::find_if(std::begin(kGlobalFlags), std::end(kGlobalFlags),
                                   [&](const GlobalFlag& flag) { return flag.name == name; });
  return found == std::end(kGlobalFlags) ? nullptr : found;
}

Status set_global(Options& options, std::string_view name, const std::string& value) {
  const auto one_of = [&](std::string_view known) {
    return fail(
        usage_error(fmt::format("--{}：没有“{}”这个取值。可选：{}", name, value, known),
                    fmt::format("--{}: \"{}\" is no choice. Choices: {}", name, value, known)));
  };
  if (name == "address") {
    auto endpoints = Endpoints::parse(value);
    if (!endpoints) return fail(std::move(endpoints).error());
    options.address = value;
  } else if (name == "as") {
    auto actor = full_actor(value);
    if (!actor) return fail(std::move(actor).error());
    options.call.actor = std::move(*actor);
  } else if (name == "token-file") {
    options.call.credentials.token_file = value;
  } else if (name == "ca-file") {
    options.call.credentials.ca_file = value;
  } else if (name == "cert-file") {
    options.call.credentials.cert_file = value;
  } else if (name == "key-file") {
    options.call.credentials.key_file = value;
  } else if (name == "timeout") {
    const auto timeout = parse_duration(value);
    if (!timeout) return fail(timeout.error());
    options.call.timeout = *timeout;
  } else if (name == "output") {
    if (value == "table") {
      options.print.format = Format::kTable;
    } else if (value == "json") {
      options.print.format = Format::kJson;
    } else if (value == "ndjson") {
      options.print.format = Format::kNdjson;
    } else {
      return one_of("table, json, ndjson");
    }
  } else if (name == "columns") {
    options.print.columns.clear();
    for (const auto& column : split(value, ',')) {
      if (!trim(column).empty()) options.print.columns.push_back(trim(column));
    }
  } else if (name == "all") {
    options.all = value != "false";
  } else if (name == "lang") {
    if (value != "zh" && value != "en") return one_of("zh, en");
    options.print.lang = value == "zh" ? Lang::kZh : Lang::kEn;
  } else if (name == "help") {
    options.help = true;
  }
  return {};
}

Options default_options(const Environment& environment) {
  Options options;
  if (const auto address = environment.variable("LIANMENG_ADDRESS"); !address.empty()) {
    options.address = address;
  }
  auto& credentials = options.call.credentials;
  credentials.token_file = environment.variable("LIANMENG_TOKEN_FILE");
  credentials.ca_file = environment.variable("LIANMENG_CA_FILE");
  credentials.cert_file = environment.variable("LIANMENG_CERT_FILE");
  credentials.key_file = environment.variable("LIANMENG_KEY_FILE");
  // As gettext ranks them: LANGUAGE counts unless the locale is C.
  std::string locale;
  for (const auto* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    if (locale.empty()) locale = environment.variable(name);
  }
  if (!locale.empty() && locale != "C" && locale != "POSIX") {
    if (const auto language = environment.variable("LANGUAGE"); !language.empty())
      locale = language;
  }
  if (locale.starts_with("zh")) options.print.lang = Lang::kZh;
  options.print.width = environment.out_is_terminal ? environment.width : 0;
  return options;
}

Result<Parsed> parse_arguments(const std::vector<std::string>& arguments, const OwnFlags& own,
                               Options& options) {
  Parsed parsed;
  bool only_positional = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--" && !only_positional) {
      only_positional = true;
      continue;
    }
    auto argument = only_positional ? Argument{"", arguments[i]} : parse_argument(arguments[i]);
    if (argument.name.empty()) {
      parsed.positional.push_back(*argument.value);
      continue;
    }
    const auto named = [&](std::string_view name) {
      return std::find_if(own.begin(), own.end(),
                          [&](const GlobalFlag& flag) { return flag.name == name; });
    };
    auto mine = named(argument.name);
    if (mine == own.end() && argument.name.starts_with("no-") && !argument.value) {
      mine = named(std::string_view(argument.name).substr(3));
      if (mine != own.end() && mine->hint.empty()) argument.value = "false";
    }
    const auto* global = mine == own.end() ? find_global(argument.name) : nullptr;
    if (mine == own.end() && global == nullptr) {
      std::vector<std::string> known;
      for (const auto& flag : own) known.emplace_back(flag.name);
      for (const auto& flag : global_flags()) known.emplace_back(flag.name);
      const auto near = nearest(argument.name, known);
      return fail(usage_error(
          fmt::format("没有 --{} 这个选项{}", argument.name,
                      near.empty() ? "；用 --help 查看" : fmt::format("，是不是 --{}？", near)),
          fmt::format("there is no flag --{}{}", argument.name,
                      near.empty() ? "; see --help" : fmt::format(", did you mean --{}?", near))));
    }
    const auto& flag = global != nullptr ? *global : *mine;
    if (!argument.value) {
      if (flag.hint.empty()) {
        argument.value = "true";
      } else if (i + 1 < arguments.size()) {
        argument.value = arguments[++i];
      } else {
        return fail(usage_error(fmt::format("--{} 后面要有值（{}）", flag.name, flag.hint),
                                fmt::format("--{} wants a value ({})", flag.name, flag.hint)));
      }
    }
    if (global != nullptr) {
      if (auto status = set_global(options, flag.name, *argument.value); !status) {
        return fail(std::move(status).error());
      }
    } else {
      parsed.flags.push_back({std::string(flag.name), *argument.value});
    }
  }
  return parsed;
}

}  // namespace lianmeng::ctl
