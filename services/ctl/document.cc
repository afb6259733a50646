// toml++ compiles slowly: it is seen here and nowhere else. Debian's library is linked, not its
// headers compiled in: these assert where malformed text is met ("[\x7f]").
#include <fmt/format.h>
#include <toml++/toml.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "ctl/request_builder.h"
#include "ctl/values.h"

namespace lianmeng::ctl {

Result<std::string> read_document(const std::string& path, std::istream& standard_input) {
  std::string text;
  if (path == "-") {
    text.assign(std::istreambuf_iterator<char>(standard_input), {});
  } else {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
      return fail(usage_error(fmt::format("打不开文件 {}；请检查路径和权限", path),
                              fmt::format("cannot open {}; check path and permissions", path)));
    }
    text.assign(std::istreambuf_iterator<char>(file), {});
  }
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && text[first] == '{') return text;
  try {
    const auto table = toml::parse(text, path);
    std::ostringstream json;
    json << toml::json_formatter{table};
    return json.str();
  } catch (const toml::parse_error& error) {
    const auto line = error.source().begin.line;
    return fail(
        usage_error(fmt::format("{} 第 {} 行不是有效的 TOML（也不是以 {{ 开头的 JSON）：{}", path,
                                line, error.description()),
                    fmt::format("{}, line {}: no valid TOML (nor JSON, which begins with {{): {}",
                                path, line, error.description())));
  }
}

}  // namespace lianmeng::ctl
