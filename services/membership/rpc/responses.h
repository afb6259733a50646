// From the state to answers: what a command's reply shows of its subject, and the queries. Each
// subject has its file: {organisation,person,post,reveal,history,look}_responses.cc; counties and
// memberships are with the organisations.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lianmeng/membership/v1/membership_service.pb.h"
#include "platform/base/error.h"
#include "platform/runtime/command.h"
#include "platform/runtime/fold.h"
#include "platform/seal/sealer.h"

namespace lianmeng::membership {

// Fills the reply to a command with its subject as it is now, as far as the caller sees it. A
// repeat may be somebody else's, since an external id is known to the whole county: it is shown
// what a query would show its caller, and nothing when that is refused. Threads: the partition's
// loop. Lifetime: borrows the sealer, which opens personal values.
class ReplyFiller {
 public:
  explicit ReplyFiller(seal::Sealer& sealer) : sealer_(sealer) {}

  // One for each response of a command: the overload is found by its type.
  template <class Response>
  void operator()(const state::View& view, const runtime::Accepted& accepted, const Actor& actor,
                  Response* response) const {
    const auto slash = accepted.subject.find('/');
    const Scope scope{view, accepted, actor, accepted.subject.substr(slash + 1)};
    if (accepted.repeated && !reads(scope)) return;
    if constexpr (requires { response->mutable_county(); }) {
      fill(scope, response->mutable_county());
    } else if constexpr (requires { response->mutable_organisation(); }) {
      fill(scope, response->mutable_organisation());
    } else if constexpr (requires { response->mutable_person(); }) {
      if (!fill(scope, response->mutable_person())) response->clear_person();
    } else if constexpr (requires { response->mutable_post(); }) {
      if (!fill(scope, response->mutable_post())) response->clear_post();
    } else {
      fill(scope, response->mutable_membership());
    }
  }

  // The county of the request that is answered.
  ReplyFiller in(CountyId county) const {
    auto copy = *this;
    copy.county_ = std::move(county);
    return copy;
  }

 private:
  struct Scope {
    const state::View& view;
    const runtime::Accepted& accepted;
    const Actor& actor;
    std::string id;
  };
  // Whether the caller is in the county's roster, and may read in it.
  bool reads(const Scope& scope) const;
  void fill(const Scope& scope, v1::County* county) const;
  void fill(const Scope& scope, v1::Organisation* organisation) const;
  // False: it is not for the caller to see.
  bool fill(const Scope& scope, v1::Person* person) const;
  bool fill(const Scope& scope, v1::PostEntry* post) const;
  void fill(const Scope& scope, v1::MembershipEntry* membership) const;

  seal::Sealer& sealer_;
  CountyId county_;
};

// Opens what a reveal allows. Threads and lifetime as above; the error says why nothing was opened,
// though the reveal stands. A repeat is answered to the same person, while they may still see it.
class RevealFiller {
 public:
  explicit RevealFiller(seal::Sealer& sealer) : sealer_(sealer) {}
  Status operator()(const state::View& view, const runtime::Accepted& accepted, const Actor& actor,
                    v1::RevealContactResponse* response) const;

  RevealFiller of(const v1::RevealContactRequest& request) const {
    auto copy = *this;
    copy.request_ = &request;
    return copy;
  }

 private:
  Status check_repeated(const state::View& view, const runtime::Accepted& accepted,
                        const Actor& actor) const;

  seal::Sealer& sealer_;
  const v1::RevealContactRequest* request_ = nullptr;
};

// Answers the queries. Threads and lifetime as above.
class QueryAnswerer {
 public:
  explicit QueryAnswerer(seal::Sealer& sealer) : sealer_(sealer) {}

  Status operator()(const runtime::QueryContext& context, const Actor& actor,
                    const v1::GetCountyRequest& request, v1::GetCountyResponse* response) const;
  Status operator()(const runtime::QueryContext& context, const Actor& actor,
                    const v1::GetOrganisationRequest& request,
                    v1::GetOrganisationResponse* response) const;
  Status operator()(const runtime::QueryContext& context, const Actor& actor,
                    const v1::ListOrganisationsRequest& request,
                    v1::ListOrganisationsResponse* response) const;
  Status operator()(const runtime::QueryContext& context, const Actor& actor,
                    const v1::GetPersonRequest& request, v1::GetPersonResponse* response) const;
  Status operator()(const runtime::QueryContext& context, const Actor& actor,
                    const v1::ListPeopleRequest& request, v1::ListPeopleResponse* response) const;
  Status operator()(const runtime::QueryContext& context, const Actor& actor,
                    const v1::ListPostsRequest& request, v1::ListPostsResponse* response) const;
  Status operator()(const runtime::QueryContext& context, const Actor& actor,
                    const v1::GetPostRequest& request, v1::GetPostResponse* response) const;
  Status operator()(const runtime::QueryContext& context, const Actor& actor,
                    const v1::GetMembershipRequest& request,
                    v1::GetMembershipResponse* response) const;
  Status operator()(const runtime::QueryContext& context, const Actor& actor,
                    const v1::ListMembershipsRequest& request,
                    v1::ListMembershipsResponse* response) const;
  Status operator()(const runtime::QueryContext& context, const Actor& actor,
                    const v1::GetHistoryRequest& request, v1::GetHistoryResponse* response) const;
  Status operator()(const runtime::QueryContext& context, const Actor& actor,
                    const v1::ListRevealsRequest& request, v1::ListRevealsResponse* response) const;
  Status operator()(const runtime::QueryContext& context, const Actor& actor,
                    const v1::ListAuditLooksRequest& request,
                    v1::ListAuditLooksResponse* response) const;
  Status operator()(const runtime::QueryContext& context, const Actor& actor,
                    const v1::WhoAmIRequest& request, v1::WhoAmIResponse* response) const;

 private:
  seal::Sealer& sealer_;
};

// Whom an answer shows that is on record when audit is given it: people of whom audit sees more
// than everybody in the roster does.
std::vector<std::string> shown(const v1::GetPersonResponse& response);
std::vector<std::string> shown(const v1::ListPeopleResponse& response);
std::vector<std::string> shown(const v1::GetPostResponse& response);
std::vector<std::string> shown(const v1::ListPostsResponse& response);
std::vector<std::string> shown(const v1::GetHistoryResponse& response);
std::vector<std::string> shown(const v1::ListRevealsResponse& response);

// What is to be recorded before the answer is given; nothing when the caller is not of audit, or
// is shown nobody but themselves. Threads: the partition's loop.
std::optional<runtime::DecideFn> record_look(const runtime::QueryContext& context,
                                             const Actor& actor, const std::string& county,
                                             std::string_view method,
                                             std::vector<std::string> person_ids);

// 138****1234; what is too short for that shows nothing of itself.
std::string mask_phone(std::string_view phone);
// ****1234.
std::string mask_identity_number(std::string_view number);

}  // namespace lianmeng::membership
