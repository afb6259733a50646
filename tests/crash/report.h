// How a test that breaks things runs and what it tells: the crash test and chaos say it alike.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "crash/audit.h"
#include "crash/driver.h"
#include "crash/ledger.h"

namespace lianmeng::crash {

// A new folder of that name and six letters more. Throws std::runtime_error.
std::filesystem::path make_folder(const std::string& name);

// What was wrong, a sentence each: first what ended the run too early, then what the ledger has.
std::vector<std::string> wrong_of(const std::function<void()>& run, const Ledger& ledger);

// How many commands were asked and answered, and what the logs hold.
void tell_counts(const Driver& driver, const std::map<std::string, ServiceLog>& logs);

struct Kept {
  std::filesystem::path folder;
  std::string what;     // Lies in it: "stores and output".
  bool always = false;  // Also when all is well.
};
// Tells what was wrong, or removes the folder; the exit code.
int tell_outcome(const std::vector<std::string>& wrong, std::uint64_t seed, const Kept& kept);

}  // namespace lianmeng::crash
