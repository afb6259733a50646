// The counties that load is made in: one for each partition, with a village whose cadre asks, and a
// coordinator.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lianmeng::load {

// Creates the counties; a server with tokens must know it (`tokens.operators`).
inline constexpr const char* kOperator = "operator:root";

class Client;

struct County {
  std::string id = {};
  int partition = 0;
  std::string village_id = {};
  std::string cadre = {};        // Actor: submits and comments.
  std::string coordinator = {};  // Actor: sees everything, hears of every demand.
};

// Ids of six digits, one for each partition from 0.
std::vector<std::string> county_ids(int count);

// Creates them as an operator does, and waits until every service knows them. Throws CallFailed.
std::vector<County> create_counties(Client& client, int count);

void save(const std::vector<County>& counties, const std::filesystem::path& file);
std::vector<County> load_counties(const std::filesystem::path& file);

}  // namespace lianmeng::load
