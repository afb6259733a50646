// What the answers share: who reads, and what is visible to them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "dispatch/domain/desk.h"
#include "dispatch/domain/reasons.h"
#include "dispatch/domain/tables.h"
#include "membership/projection/roster.h"
#include "platform/base/error.h"

namespace lianmeng::dispatch {

// Who reads, and the names that an answer gives more than once.
// Lifetime: for one answer; borrows view and actor.
class Reader {
 public:
  Reader(const state::View& view, std::string county_id, const Actor& actor, Time now,
         Sight sight = Sight::kReading)
      : view(view), county(std::move(county_id)), actor_(actor), now_(now), sight_(sight) {}

  const state::View& view;
  const CountyId county;

  // Looked up when it is first asked for: who gets back what they wrote needs none.
  const membership::roster::Standing& me() const {
    if (!me_) me_.emplace(membership::roster::standing_of(view, actor_, county, now_));
    return *me_;
  }
  // Asked or recorded it, and so knows who asks and what is written there.
  bool wrote(const v1::DemandRow& row) const {
    return actor_.is_person() &&
           (actor_.id == row.recorder_person_id() || actor_.id == row.asker_person_id());
  }
  bool sees(const v1::DemandRow& row) const { return dispatch::sees(scopes_of(me(), sight_), row); }
  bool sees_asker(const v1::DemandRow& row) const {
    return wrote(row) || dispatch::sees_asker(me(), row, sight_);
  }

  bool reads_contacts(const v1::DemandRow& row) const {
    return wrote(row) || dispatch::reads_contacts(view, me(), row, sight_);
  }

  // Whoever left the leading group of an open demand handles it no more: nobody is told that they
  // do. What is closed shows who it was.
  void drop_former_handler(v1::DemandRow& row) const {
    if (row.handler_person_id().empty() || !is_open(row.state())) return;
    const auto key = row.handler_person_id() + " " + row.lead_group_id();
    const auto [entry, is_new] = handles_.try_emplace(key);
    if (is_new) entry->second = !handler_of(view, row, now_).empty();
    if (!entry->second) row.clear_handler_person_id();
  }

  const std::string& organisation(const std::string& id) const {
    return name(organisations_, id,
                [&] { return membership::roster::organisation_name(view, county, id); });
  }
  const std::string& person(const std::string& id) const {
    return name(people_, id,
                [&] { return membership::roster::person_name(view, county, PersonId(id)); });
  }

 private:
  using Names = std::map<std::string, std::string>;

  template <class LookUp>
  static const std::string& name(Names& names, const std::string& id, const LookUp& look_up) {
    static const std::string kNone;
    if (id.empty()) return kNone;
    auto [entry, is_new] = names.try_emplace(id);
    if (is_new) entry->second = look_up();
    return entry->second;
  }

  const Actor& actor_;
  Time now_;
  Sight sight_;
  mutable std::optional<membership::roster::Standing> me_;
  mutable Names organisations_;
  mutable Names people_;
  mutable std::map<std::string, bool> handles_;  // Person and group.
};

// Whether an answer is about one demand, or about several: then numbers in texts are masked for
// all.
enum class Answer { kOne, kSeveral };

// Null: there is no such demand, or it is nothing to the reader.
inline std::optional<v1::DemandRow> visible(const Reader& reader, const std::string& number) {
  auto row = demands().find(reader.view, demand_key(reader.county, demand_id_of(number)));
  if (!row || !reader.sees(*row)) return std::nullopt;
  return row;
}

inline Error unknown_demand(const std::string& demand) {
  return to_error(refuse(kDemandUnknown, {{"demand", demand}}));
}

}  // namespace lianmeng::dispatch
