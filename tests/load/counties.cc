#include "load/counties.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "lianmeng/dispatch/v1/dispatch_service.pb.h"
#include "lianmeng/membership/v1/membership_service.pb.h"
#include "lianmeng/notification/v1/notification_service.pb.h"
#include "load/client.h"
#include "platform/base/ids.h"
#include "platform/base/random.h"

namespace lianmeng::load {
namespace {

namespace members = membership::v1;

members::PersonDraft person(const std::string& name, members::PostRole role,
                            const std::string& title) {
  members::PersonDraft draft;
  draft.set_name(name);
  auto* post = draft.add_posts();
  post->set_role(role);
  post->set_title(title);
  return draft;
}

// Ids of requests are made by whoever makes the request.
class RequestIds {
 public:
  std::string next() { return make_uuid_v7(clock_.now(), random_); }

 private:
  SystemClock clock_;
  SystemRandom random_;
};

County create_county(Client& client, RequestIds& ids, const std::string& id) {
  County county{.id = id, .partition = partition_of(id)};

  members::CreateCountyRequest create;
  create.set_county(id);
  create.set_request_id(ids.next());
  create.set_name(fmt::format("第{}县", id));
  create.set_short_name(id);
  create.set_code(id);
  create.set_office_name("县委组织部");
  *create.add_people() = person("王主任", members::POST_ROLE_COUNTY_OFFICER, "主任");
  *create.add_people() = person("李调度", members::POST_ROLE_COORDINATOR, "调度员");
  ask<members::CreateCountyResponse>(client, {.actor = kOperator}, create);
  const auto officer = fmt::format("person:{}-p1", id);
  county.coordinator = fmt::format("person:{}-p2", id);

  members::CreateOrganisationRequest village;
  village.set_county(id);
  village.set_request_id(ids.next());
  village.set_name("北顺村");
  village.set_kind(members::ORGANISATION_KIND_VILLAGE);
  county.village_id = ask<members::CreateOrganisationResponse>(client, {.actor = officer}, village)
                          .organisation()
                          .organisation_id();

  members::RegisterPersonRequest cadre;
  cadre.set_county(id);
  cadre.set_request_id(ids.next());
  cadre.set_name("赵书记");
  cadre.set_organisation_id(county.village_id);
  auto* post = cadre.add_posts();
  post->set_organisation_id(county.village_id);
  post->set_role(members::POST_ROLE_VILLAGE_CADRE);
  post->set_title("村党支部书记");
  const auto registered = ask<members::RegisterPersonResponse>(client, {.actor = officer}, cadre);
  county.cadre = "person:" + registered.person().person_id();

  // A read with the token waits until the service has followed so far.
  dispatch::v1::ListDemandsRequest seen;
  seen.set_county(id);
  seen.add_read_tokens(registered.read_token());
  seen.set_page_size(1);
  ask<dispatch::v1::ListDemandsResponse>(client, {.actor = county.cadre}, seen);
  notification::v1::CountUnreadRequest heard;
  heard.set_county(id);
  heard.add_read_tokens(registered.read_token());
  ask<notification::v1::CountUnreadResponse>(client, {.actor = county.coordinator}, heard);
  return county;
}

}  // namespace

std::vector<std::string> county_ids(int count) {
  std::vector<std::string> ids;
  for (int partition = 0; partition < count; ++partition) {
    int code = 610'000;
    while (partition_of(std::to_string(code)) != partition % kPartitions ||
           std::find(ids.begin(), ids.end(), std::to_string(code)) != ids.end()) {
      ++code;
    }
    ids.push_back(std::to_string(code));
  }
  return ids;
}

std::vector<County> create_counties(Client& client, int count) {
  RequestIds ids;
  std::vector<County> counties;
  for (const auto& id : county_ids(count)) counties.push_back(create_county(client, ids, id));
  return counties;
}

void save(const std::vector<County>& counties, const std::filesystem::path& file) {
  auto list = nlohmann::json::array();
  for (const auto& county : counties) {
    list.push_back({{"id", county.id},
                    {"partition", county.partition},
                    {"village_id", county.village_id},
                    {"cadre", county.cadre},
                    {"coordinator", county.coordinator}});
  }
  std::ofstream out(file);
  out << list.dump(1) << '\n';
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

std::vector<County> load_counties(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  std::vector<County> counties;
  for (const auto& entry : nlohmann::json::parse(in)) {
    counties.push_back({.id = entry.at("id"),
                        .partition = entry.at("partition"),
                        .village_id = entry.at("village_id"),
                        .cadre = entry.at("cadre"),
                        .coordinator = entry.at("coordinator")});
  }
  return counties;
}

}  // namespace lianmeng::load
