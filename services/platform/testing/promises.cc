#include "platform/testing/promises.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <regex>
#include <string_view>

#include "platform/base/assert.h"

namespace lianmeng::testing {
namespace {

bool begins_with_one_of(std::string_view name, std::initializer_list<std::string_view> verbs) {
  return std::any_of(verbs.begin(), verbs.end(),
                     [&](std::string_view verb) { return name.starts_with(verb); });
}

bool is_one_of(std::string_view rpc, Rpcs which) {
  if (rpc.starts_with("Execute")) return false;
  const bool query =
      begins_with_one_of(rpc, {"Get", "List", "Count", "Watch", "Preview", "WhoAmI"});
  return query == (which == Rpcs::kQueries);
}

// The reasons between "Refused: " and the Chinese line.
void add_reasons(const std::string& rpc, const std::string& comment, std::set<Promise>& promises) {
  static constexpr std::string_view kBefore = "Refused: ";
  auto from = comment.find(kBefore);
  if (from == std::string::npos) return;
  from += kBefore.size();
  const auto reasons = comment.substr(from, comment.find(" zh: ", from) - from);
  static const std::regex reason("[A-Z][A-Z_]{4,}");
  for (std::sregex_iterator at(reasons.begin(), reasons.end(), reason), end; at != end; ++at) {
    if (at->str() != "INVALID_FIELD") promises.emplace(rpc, at->str());
  }
}

}  // namespace

std::set<Promise> promised_refusals(const std::string& proto_file, Rpcs which) {
  std::ifstream in(proto_file);
  LM_ASSERT(in.is_open(), "{}: no such proto", proto_file);
  std::set<Promise> promises;
  std::string comment;
  static const std::regex rpc(R"(  rpc (\w+)\(.*)");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("  // ")) {
      comment += line.substr(5) + " ";
      continue;
    }
    std::smatch found;
    if (std::regex_match(line, found, rpc) && is_one_of(found[1].str(), which)) {
      const auto before = promises.size();
      add_reasons(found[1], comment, promises);
      LM_ASSERT(promises.size() > before, "{}: {} says nothing of what it refuses", proto_file,
                found[1].str());
    }
    comment.clear();
  }
  LM_ASSERT(!promises.empty(), "{}: promises nothing", proto_file);
  return promises;
}

}  // namespace lianmeng::testing
