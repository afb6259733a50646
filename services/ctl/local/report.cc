#include "ctl/local/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "ctl/values.h"

namespace lianmeng::ctl {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<int>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

void Facts::add(std::string name, std::uint64_t value) {
  facts_.push_back({std::move(name), std::to_string(value), false});
}
void Facts::add(std::string name, std::string value) {
  facts_.push_back({std::move(name), std::move(value), true});
}

void Facts::print(const Options& options, const Environment& environment) const {
  if (options.print.format != Format::kTable) {
    std::string out = "{";
    for (const auto& fact : facts_) {
      if (out.size() > 1) out += ',';
      out += quoted(fact.name) + ':' + (fact.quoted ? quoted(fact.value) : fact.value);
    }
    environment.out << out << "}\n";
    return;
  }
  std::size_t width = 0;
  for (const auto& fact : facts_) width = std::max(width, fact.name.size());
  for (const auto& fact : facts_) {
    environment.out << fmt::format("{:<{}}  {}\n", fact.name, width, fact.value);
  }
}

int report_local(const Error& error, const Options& options, const Environment& environment) {
  if (is_usage(error)) {
    environment.err << error_text(error, options.lang());
    return kExitUsage;
  }
  environment.err << fmt::format("{} [{}]\n", error.message_en, error.reason);
  return exit_code(error);
}

std::string flag_or(const Parsed& parsed, std::string_view name, std::string otherwise) {
  for (const auto& given : parsed.flags) {
    if (given.name == name) otherwise = given.value;
  }
  return otherwise;
}

}  // namespace lianmeng::ctl
