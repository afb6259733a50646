#include "platform/config/start_up.h"

#include <fmt/format.h>

#include <cstdio>

namespace lianmeng::config {
namespace {

std::string help(const std::vector<Option>& options, std::string_view program) {
  auto text = fmt::format(
      "{} [--config FILE] [--SECTION.KEY VALUE]... [--check | --print-config | --help | "
      "--version]\n\n"
      "  --config FILE    配置文件（TOML） / configuration file (or LIANMENG_CONFIG)\n"
      "  --check          只检查配置 / check the configuration and leave\n"
      "  --print-config   打印生效的配置 / print the effective configuration\n"
      "  --version        打印版本，须单独使用 / print the version; on its own\n\n",
      program);
  for (const auto& option : options)
    text += fmt::format("  --{}  [{}]  {}\n      {}\n      {}\n", option.name, option.default_value,
                        option.environment_name(), option.help.zh, option.help.en);
  return text;
}

StartUp leave(int code, std::string out, std::string err) {
  return {code, std::move(out), std::move(err)};
}

StartUp usage(std::string_view program, const std::string& what) {
  return leave(kExitUsage, "", fmt::format("{}: {}; see --help\n", program, what));
}

}  // namespace

StartUp start_up(const std::vector<Option>& options, std::string_view program,
                 const std::vector<std::string>& arguments,
                 std::map<std::string, std::string> environment, void* target) {
  Sources sources;
  if (const auto named = environment.find("LIANMENG_CONFIG");
      named != environment.end() && !named->second.empty())
    sources.file = named->second;
  sources.environment = std::move(environment);
  bool check = false;
  bool print_config = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& argument = arguments[i];
    if (argument == "--help" || argument == "-h") return leave(kExitOk, help(options, program), "");
    if (argument == "--check") {
      check = true;
      continue;
    }
    if (argument == "--print-config") {
      print_config = true;
      continue;
    }
    if (!argument.starts_with("--"))
      return usage(program, fmt::format("unexpected argument \"{}\"", argument));
    const auto equals = argument.find('=');
    const auto name = argument.substr(2, equals == std::string::npos ? equals : equals - 2);
    if (equals == std::string::npos && i + 1 == arguments.size())
      return usage(program, fmt::format("--{} needs a value", name));
    const auto value = equals == std::string::npos ? arguments[++i] : argument.substr(equals + 1);
    if (name == "config")
      sources.file = value;
    else
      sources.overrides.emplace_back(name, value);
  }
  const auto loaded = load_into(options, sources, target);
  if (!loaded) {
    const auto& error = loaded.error();
    return leave(kExitUsage, "", fmt::format("{}\n{}\n", error.message_zh, error.message_en));
  }
  if (print_config) return leave(kExitOk, print(options, target, *loaded), "");
  if (check) return leave(kExitOk, "配置无误 / the configuration is good\n", "");
  return {};
}

void write_out(const StartUp& start) {
  std::fputs(start.out.c_str(), stdout);
  std::fputs(start.err.c_str(), stderr);
}

}  // namespace lianmeng::config
