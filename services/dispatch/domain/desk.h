// Who decides on which demand: what every command on a demand begins with.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dispatch/domain/tables.h"
#include "membership/projection/roster.h"
#include "platform/base/decision.h"

namespace lianmeng::dispatch {

// 230628-012 of 合阳-230628-012.
std::string demand_id_of(std::string_view number);
std::string_view name_zh(v1::DemandState state);
std::string_view name_en(v1::DemandState state);
// "2023-06-28 17:30", Asia/Shanghai.
std::string wall_time(Time time);

// A caller in one county: what they are and what they see.
// Lifetime: borrows the view.
class Desk {
 public:
  Desk(const state::View& view, const DecideContext& context);

  const state::View& view() const { return view_; }
  const DecideContext& context() const { return context_; }
  const CountyId& county() const { return context_.county; }
  const membership::roster::Standing& me() const { return me_; }
  // Holds posts, and none but those that look on: audit, city and province.
  bool only_reads() const;
  // Who acted: the person on whose behalf an import is made, otherwise the caller.
  const std::string& actor_person() const;

  // An import by somebody who may not; what the others do needs no post in force today.
  std::optional<Refusal> check_import() const;
  bool vouched() const { return context_.imported; }
  // Of the county office, on behalf of whoever acted: also of who judged or rated.
  bool vouched_by_office() const { return vouched() && me_.is_county_officer(); }

  // Also 合阳-230628-012; nothing for a demand on which the caller may not act, since they do not
  // see it, or as audit alone.
  std::optional<v1::DemandRow> find(std::string_view number) const;
  // Why find() found nothing.
  Refusal unknown(std::string_view number) const;

  // --- Roles on a demand. ---
  bool is_asker(const v1::DemandRow& row) const;
  bool asks(const v1::DemandRow& row) const;        // By the posts in force, also of who imports.
  bool is_handler(const v1::DemandRow& row) const;  // Named, and still of the lead.
  bool leads(const v1::DemandRow& row) const;       // Head or member of the lead.
  bool is_head(const v1::DemandRow& row) const;     // Head of the lead.
  bool helps(const v1::DemandRow& row) const;       // Belongs to a group that helps.
  std::string own_group(const v1::DemandRow& row) const;

  // --- Guards: nothing when it may go on. ---
  std::optional<Refusal> need_state(const v1::DemandRow& row,
                                    const std::vector<v1::DemandState>& states) const;
  // A coordinator who belongs to no group of the demand nor to `others`, also one who imports; or
  // an import of the county office.
  std::optional<Refusal> need_coordinator(const v1::DemandRow& row, std::string_view action,
                                          const std::vector<std::string>& others = {}) const;
  std::optional<Refusal> need(bool may, std::string_view action, std::string_view who_zh,
                              std::string_view who_en) const;
  std::optional<Refusal> need_group(std::string_view group_id, std::string_view field) const;
  // Somebody in the roster who was not erased.
  std::optional<Refusal> need_person(const std::string& person_id) const;

  // `given`, or the only one of these groups that the caller belongs to.
  std::string group_of_mine(std::string_view given, const std::vector<std::string>& groups) const;
  // A group's or organisation's name with its id: 产业小组（g2）.
  std::string named(std::string_view organisation_id) const;

 private:
  const state::View& view_;
  const DecideContext& context_;
  membership::roster::Standing me_;
};

// As what somebody looks: as audit too, which reads everything, each look on record; or to act,
// which audit does not, so that what a command's answer shows is no look.
enum class Sight { kReading, kActing };

// Scopes that a person sees, each once.
std::vector<std::string> scopes_of(const membership::roster::Standing& person,
                                   Sight sight = Sight::kReading);
bool sees(const std::vector<std::string>& scopes, const v1::DemandRow& row);
// Sees it only as a group that is offered it: then who asks stays hidden.
bool sees_asker(const membership::roster::Standing& person, const v1::DemandRow& row,
                Sight sight = Sight::kReading);
// Reads telephone numbers and the like in the texts of a single demand: who asks, the handler (the
// leading group while there is none), who calls back, and audit. In lists nobody does.
bool reads_contacts(const state::View& view, const membership::roster::Standing& person,
                    const v1::DemandRow& row, Sight sight = Sight::kReading);
// Who was named handler and still belongs to the leading group; "" when nobody is: whoever left the
// group has handed on what they had open.
std::string handler_of(const state::View& view, const v1::DemandRow& row, Time at);
// A group that handles the demand, to which the person belongs; or the leading one of a demand that
// they themselves handled, or whose result they submitted or signed, though they left it since. ""
// when there is none. Whoever has one judges nothing of the demand.
std::string own_group(const membership::roster::Standing& person, const v1::DemandRow& row);

// What an event tells of its demand: the row with the event in it, in short.
v1::DemandBrief brief_of(const v1::DemandRow& row);

// Of the event that is about to be decided.
EventMeta meta_of(const DecideContext& context);

// Completes an event of a demand: the brief after it, and whether it is history.
template <class Event>
v1::DispatchEvent settle(const v1::DemandRow& row, Event event, const DecideContext& context,
                         Event* (v1::DispatchEvent::*field)()) {
  if constexpr (requires { event.set_history(true); }) event.set_history(context.imported);
  if constexpr (requires { event.mutable_brief(); }) {
    auto after = row;
    evolve(after, event, meta_of(context));
    *event.mutable_brief() = brief_of(after);
  }
  v1::DispatchEvent out;
  *(out.*field)() = std::move(event);
  return out;
}

}  // namespace lianmeng::dispatch
