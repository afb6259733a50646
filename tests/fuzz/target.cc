#include "fuzz/target.h"

#include <map>

namespace lianmeng::fuzz {
namespace {

// Made at its first use: registrations of other files may come before.
std::map<std::string, Target>& all() {
  static std::map<std::string, Target> all;
  return all;
}

}  // namespace

Registration::Registration(Target target) { all().emplace(target.name, target); }

std::vector<Target> targets() {
  std::vector<Target> list;
  for (const auto& [name, target] : all()) list.push_back(target);
  return list;
}

}  // namespace lianmeng::fuzz
