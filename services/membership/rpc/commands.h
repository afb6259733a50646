// From requests to decisions: what a command says, with personal values sealed on the way, so that
// no decision and no record ever holds them in plain text.
#pragma once

#include "lianmeng/membership/v1/membership_service.pb.h"
#include "membership/domain/privacy.h"
#include "platform/base/error.h"
#include "platform/runtime/fold.h"
#include "platform/seal/sealer.h"

namespace lianmeng::membership {

// Threads: any. Lifetime: borrows the sealer.
//
// A person who is being registered has no id yet, so the key belongs to the request: a retry seals
// under the same one. What is only validated is not sealed, since nothing is written of it. A
// request that is then refused leaves a key that nothing names; it is small and tells nobody
// anything.
class CommandBinder {
 public:
  explicit CommandBinder(seal::Sealer& sealer) : sealer_(sealer) {}

  Result<runtime::DecideFn> operator()(const v1::CreateCountyRequest& request) const;
  Result<runtime::DecideFn> operator()(const v1::UpdateCountyRequest& request) const;
  Result<runtime::DecideFn> operator()(const v1::CreateOrganisationRequest& request) const;
  Result<runtime::DecideFn> operator()(const v1::UpdateOrganisationRequest& request) const;
  Result<runtime::DecideFn> operator()(const v1::MoveOrganisationRequest& request) const;
  Result<runtime::DecideFn> operator()(const v1::DissolveOrganisationRequest& request) const;
  Result<runtime::DecideFn> operator()(const v1::AddMembershipRequest& request) const;
  Result<runtime::DecideFn> operator()(const v1::EndMembershipRequest& request) const;
  Result<runtime::DecideFn> operator()(const v1::RegisterPersonRequest& request) const;
  Result<runtime::DecideFn> operator()(const v1::UpdatePersonRequest& request) const;
  Result<runtime::DecideFn> operator()(const v1::ErasePersonRequest& request) const;
  Result<runtime::DecideFn> operator()(const v1::RevealContactRequest& request) const;
  Result<runtime::DecideFn> operator()(const v1::AppointPostRequest& request) const;
  Result<runtime::DecideFn> operator()(const v1::EndPostRequest& request) const;

  // Makes the keys that a batch will seal with, together: ten thousand people cost no ten thousand
  // syncs.
  Status prepare(const v1::ExecuteCommandsRequest& batch) const;

 private:
  seal::Sealer& sealer_;
};

RevealContact reveal(const v1::RevealContactRequest& request);

}  // namespace lianmeng::membership
