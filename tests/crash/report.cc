#include "crash/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <stdexcept>

#include "load/client.h"

namespace lianmeng::crash {

namespace fs = std::filesystem;

fs::path make_folder(const std::string& name) {
  auto folder = (fs::temp_directory_path() / (name + "-XXXXXX")).string();
  if (::mkdtemp(folder.data()) == nullptr) {
    throw std::runtime_error("no temporary folder in " + fs::temp_directory_path().string());
  }
  return folder;
}

std::vector<std::string> wrong_of(const std::function<void()>& run, const Ledger& ledger) {
  std::vector<std::string> wrong;
  try {
    run();
  } catch (const load::CallFailed& failed) {
    wrong.push_back(to_string(failed.outcome));
  } catch (const std::exception& error) {
    wrong.push_back(error.what());
  }
  wrong.insert(wrong.end(), ledger.wrong.begin(), ledger.wrong.end());
  return wrong;
}

void tell_counts(const Driver& driver, const std::map<std::string, ServiceLog>& logs) {
  fmt::print("{} commands: {} acknowledged, {} of them as accepted before; {} left unanswered\n",
             driver.ledger().asked.size(), driver.answered(), driver.repeated(), driver.given_up());
  for (const auto& [service, log] : logs) {
    fmt::print("{}: {} events, {} void records\n", service, log.events.size(), log.void_records);
  }
}

int tell_outcome(const std::vector<std::string>& wrong, std::uint64_t seed, const Kept& kept) {
  constexpr std::size_t kShown = 50;
  for (std::size_t i = 0; i < std::min(wrong.size(), kShown); ++i) {
    fmt::print("WRONG: {}\n", wrong[i]);
  }
  if (wrong.size() > kShown) fmt::print("… and {} more\n", wrong.size() - kShown);
  if (!wrong.empty()) {
    fmt::print("seed {} failed; {} are in {}\n", seed, kept.what, kept.folder.string());
  } else if (!kept.always) {
    fs::remove_all(kept.folder);
  }
  fmt::print("{} passed, {} failed\n", wrong.empty() ? 1 : 0, wrong.empty() ? 0 : 1);
  return wrong.empty() ? 0 : 1;
}

}  // namespace lianmeng::crash
