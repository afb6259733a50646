// What a loaded server holds, for reads that go everywhere: demands of each county, and places in
// its list.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "load/counties.h"

namespace lianmeng::load {

class Client;

struct Places {
  std::vector<std::string> demands;      // Ids of one in ten, the latest first.
  std::vector<std::string> page_tokens;  // Of the coordinator's whole list, a thousand apart.
};

// Walks the whole list of each county as its coordinator; as many places as there are counties.
// Throws CallFailed, and runtime_error where a county has no demand.
std::vector<Places> survey(Client& client, const std::vector<County>& counties);

void save(const std::vector<Places>& places, const std::filesystem::path& file);
std::vector<Places> load_places(const std::filesystem::path& file);

}  // namespace lianmeng::load
