#include "load/survey.h"

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "lianmeng/dispatch/v1/dispatch_service.pb.h"
#include "load/client.h"

namespace lianmeng::load {
namespace {

constexpr std::size_t kCountiesAtATime = 4;
constexpr int kPageSize = 1'000;
constexpr int kOneIn = 10;

// Walks one county after another; several walkers share the counties.
class Walker {
 public:
  Walker(Client& client, const std::vector<County>& counties, std::vector<Places>& places,
         std::size_t* next_county)
      : client_(client), counties_(counties), places_(places), next_county_(next_county) {}

  void next_county() {
    if (*next_county_ == counties_.size()) return;
    county_ = (*next_county_)++;
    ask({});
  }
  const std::optional<Outcome>& failure() const { return failure_; }

 private:
  void ask(const std::string& page_token) {
    dispatch::v1::ListDemandsRequest request;
    request.set_county(counties_[county_].id);
    request.set_page_size(kPageSize);
    request.set_page_token(page_token);
    const CallOptions options{.actor = counties_[county_].coordinator,
                              .timeout = std::chrono::seconds(60)};
    client_.call(options, request,
                 [this](const Outcome& outcome, dispatch::v1::ListDemandsResponse& page) {
                   if (!outcome.ok()) {
                     failure_ = outcome;
                     return;
                   }
                   take(page);
                 });
  }

  void take(const dispatch::v1::ListDemandsResponse& page) {
    auto& places = places_[county_];
    for (int i = 0; i < page.demands_size(); i += kOneIn) {
      places.demands.push_back(page.demands(i).demand_id());
    }
    if (page.next_page_token().empty()) return next_county();
    places.page_tokens.push_back(page.next_page_token());
    ask(page.next_page_token());
  }

  Client& client_;
  const std::vector<County>& counties_;
  std::vector<Places>& places_;
  std::size_t* const next_county_;
  std::size_t county_ = 0;
  std::optional<Outcome> failure_;
};

}  // namespace

std::vector<Places> survey(Client& client, const std::vector<County>& counties) {
  std::vector<Places> places(counties.size());
  std::size_t next_county = 0;
  std::vector<Walker> walkers(kCountiesAtATime, Walker(client, counties, places, &next_county));
  for (auto& walker : walkers) walker.next_county();
  client.drain();
  for (const auto& walker : walkers) {
    if (walker.failure()) throw CallFailed{*walker.failure()};
  }
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i].demands.empty()) {
      throw std::runtime_error("county " + counties[i].id + " has no demands to read");
    }
  }
  return places;
}

void save(const std::vector<Places>& places, const std::filesystem::path& file) {
  auto list = nlohmann::json::array();
  for (const auto& place : places) {
    list.push_back({{"demands", place.demands}, {"page_tokens", place.page_tokens}});
  }
  std::ofstream out(file);
  out << list.dump() << '\n';
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

std::vector<Places> load_places(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  std::vector<Places> places;
  for (const auto& entry : nlohmann::json::parse(in)) {
    places.push_back({.demands = entry.at("demands"), .page_tokens = entry.at("page_tokens")});
  }
  return places;
}

}  // namespace lianmeng::load
