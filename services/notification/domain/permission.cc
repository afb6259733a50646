#include "notification/domain/permission.h"

#include <algorithm>

#include "membership/projection/roster.h"

namespace lianmeng::notification {

namespace roster = membership::roster;

std::optional<Refusal> refuse_unless_county_office(const state::View& view, const CountyId& county,
                                                   const Actor& actor, Time at) {
  if (actor.is_person() && roster::standing_of(view, actor, county, at).is_county_officer()) {
    return std::nullopt;
  }
  return refuse(kPermissionDenied, {{"action", "设定通知规则和模板"},
                                    {"why", "只有县联盟办的在任人员可以设定"},
                                    {"why_en",
                                     "only those in office at the county's office may "
                                     "set notice rules and templates"}});
}

std::optional<Refusal> refuse_unless_post_holder(const state::View& view, const CountyId& county,
                                                 const Actor& actor, Time at) {
  if (actor.is_person()) {
    const auto standing = roster::standing_of(view, actor, county, at);
    if (std::any_of(standing.posts().begin(), standing.posts().end(),
                    [](const auto& post) { return roster::is_public(post.role()); })) {
      return std::nullopt;
    }
  }
  return refuse(kPermissionDenied,
                {{"action", "查看通知规则和模板"},
                 {"why", "只有本县公开任职的在任人员可以查看"},
                 {"why_en",
                  "only holders of a public post in the county see its notice rules and "
                  "templates"}});
}

std::optional<Refusal> refuse_unless_owner(const state::View& view, const CountyId& county,
                                           const Actor& actor) {
  if (!actor.is_person() || actor.id.empty()) {
    return refuse(kPermissionDenied,
                  {{"action", "查看收件箱"},
                   {"why", "收件箱只属于本人，请以本人身份登录"},
                   {"why_en", "an inbox is its owner's alone; sign in as that person"}});
  }
  const auto person = roster::person(view, county, PersonId(actor.id));
  if (!person || !roster::is_erased(*person)) return std::nullopt;
  return refuse(kPermissionDenied,
                {{"action", "查看收件箱"},
                 {"why", "您的个人信息已应要求永久删除，收件箱随之关闭；如再次参与，请重新登记"},
                 {"why_en",
                  "you were erased, and your inbox was closed with it; to take part again, be "
                  "registered anew"}});
}

}  // namespace lianmeng::notification
