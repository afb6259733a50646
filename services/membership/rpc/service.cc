#include "membership/rpc/service.h"

#include <grpcpp/server_context.h>

#include "lianmeng/membership/v1/membership_service.grpc.pb.h"
#include "membership/rpc/commands.h"
#include "membership/rpc/responses.h"
#include "platform/rpc/calls.h"

namespace lianmeng::membership {
namespace {

using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

// The answer of an erasure comes when the keys are gone.
struct ErasureFiller {
  void operator()(const state::View& view, const runtime::Accepted& accepted, const Actor& actor,
                  v1::ErasePersonResponse* response) const {
    fill(view, accepted, actor, response);
  }
  void settle(const runtime::Accepted& accepted, Eraser::Done answer) const {
    if (accepted.validated) return answer(nullptr);
    eraser.settle(accepted.place, std::move(answer));
  }

  ReplyFiller fill;
  Eraser& eraser;
};

class MembershipService final : public v1::MembershipService::CallbackService {
 public:
  MembershipService(rpc::Environment& environment, seal::Sealer& sealer, Eraser& eraser)
      : calls_(environment, "membership", v1::MembershipService::service_full_name()),
        bind_(sealer),
        fill_(sealer),
        reveal_(sealer),
        answer_(sealer),
        eraser_(eraser) {}

  Reactor* CreateCounty(Context* context, const v1::CreateCountyRequest* request,
                        v1::CreateCountyResponse* response) override {
    return command("CreateCounty", context, request, response);
  }
  Reactor* UpdateCounty(Context* context, const v1::UpdateCountyRequest* request,
                        v1::UpdateCountyResponse* response) override {
    return command("UpdateCounty", context, request, response);
  }
  Reactor* CreateOrganisation(Context* context, const v1::CreateOrganisationRequest* request,
                              v1::CreateOrganisationResponse* response) override {
    return command("CreateOrganisation", context, request, response);
  }
  Reactor* UpdateOrganisation(Context* context, const v1::UpdateOrganisationRequest* request,
                              v1::UpdateOrganisationResponse* response) override {
    return command("UpdateOrganisation", context, request, response);
  }
  Reactor* MoveOrganisation(Context* context, const v1::MoveOrganisationRequest* request,
                            v1::MoveOrganisationResponse* response) override {
    return command("MoveOrganisation", context, request, response);
  }
  Reactor* DissolveOrganisation(Context* context, const v1::DissolveOrganisationRequest* request,
                                v1::DissolveOrganisationResponse* response) override {
    return command("DissolveOrganisation", context, request, response);
  }
  Reactor* AddMembership(Context* context, const v1::AddMembershipRequest* request,
                         v1::AddMembershipResponse* response) override {
    return command("AddMembership", context, request, response);
  }
  Reactor* EndMembership(Context* context, const v1::EndMembershipRequest* request,
                         v1::EndMembershipResponse* response) override {
    return command("EndMembership", context, request, response);
  }
  Reactor* RegisterPerson(Context* context, const v1::RegisterPersonRequest* request,
                          v1::RegisterPersonResponse* response) override {
    return command("RegisterPerson", context, request, response);
  }
  Reactor* UpdatePerson(Context* context, const v1::UpdatePersonRequest* request,
                        v1::UpdatePersonResponse* response) override {
    return command("UpdatePerson", context, request, response);
  }
  Reactor* ErasePerson(Context* context, const v1::ErasePersonRequest* request,
                       v1::ErasePersonResponse* response) override {
    return rpc::run_command(calls_, "ErasePerson", context, request, response, bind_,
                            ErasureFiller{fill_.in(CountyId(request->county())), eraser_});
  }
  Reactor* RevealContact(Context* context, const v1::RevealContactRequest* request,
                         v1::RevealContactResponse* response) override {
    return rpc::run_command(calls_, "RevealContact", context, request, response, bind_,
                            reveal_.of(*request));
  }
  Reactor* AppointPost(Context* context, const v1::AppointPostRequest* request,
                       v1::AppointPostResponse* response) override {
    return command("AppointPost", context, request, response);
  }
  Reactor* EndPost(Context* context, const v1::EndPostRequest* request,
                   v1::EndPostResponse* response) override {
    return command("EndPost", context, request, response);
  }
  Reactor* GetCounty(Context* context, const v1::GetCountyRequest* request,
                     v1::GetCountyResponse* response) override {
    return query("GetCounty", context, request, response);
  }
  Reactor* GetOrganisation(Context* context, const v1::GetOrganisationRequest* request,
                           v1::GetOrganisationResponse* response) override {
    return query("GetOrganisation", context, request, response);
  }
  Reactor* ListOrganisations(Context* context, const v1::ListOrganisationsRequest* request,
                             v1::ListOrganisationsResponse* response) override {
    return query("ListOrganisations", context, request, response);
  }
  Reactor* GetPerson(Context* context, const v1::GetPersonRequest* request,
                     v1::GetPersonResponse* response) override {
    return query("GetPerson", context, request, response);
  }
  Reactor* ListPeople(Context* context, const v1::ListPeopleRequest* request,
                      v1::ListPeopleResponse* response) override {
    return query("ListPeople", context, request, response);
  }
  Reactor* ListPosts(Context* context, const v1::ListPostsRequest* request,
                     v1::ListPostsResponse* response) override {
    return query("ListPosts", context, request, response);
  }
  Reactor* GetPost(Context* context, const v1::GetPostRequest* request,
                   v1::GetPostResponse* response) override {
    return query("GetPost", context, request, response);
  }
  Reactor* GetMembership(Context* context, const v1::GetMembershipRequest* request,
                         v1::GetMembershipResponse* response) override {
    return query("GetMembership", context, request, response);
  }
  Reactor* ListMemberships(Context* context, const v1::ListMembershipsRequest* request,
                           v1::ListMembershipsResponse* response) override {
    return query("ListMemberships", context, request, response);
  }
  Reactor* GetHistory(Context* context, const v1::GetHistoryRequest* request,
                      v1::GetHistoryResponse* response) override {
    return query("GetHistory", context, request, response);
  }
  Reactor* ListReveals(Context* context, const v1::ListRevealsRequest* request,
                       v1::ListRevealsResponse* response) override {
    return query("ListReveals", context, request, response);
  }
  Reactor* ListAuditLooks(Context* context, const v1::ListAuditLooksRequest* request,
                          v1::ListAuditLooksResponse* response) override {
    return query("ListAuditLooks", context, request, response);
  }
  Reactor* WhoAmI(Context* context, const v1::WhoAmIRequest* request,
                  v1::WhoAmIResponse* response) override {
    return query("WhoAmI", context, request, response);
  }
  Reactor* ExecuteCommands(Context* context, const v1::ExecuteCommandsRequest* request,
                           v1::ExecuteCommandsResponse* response) override {
    struct Visit {
      // All keys at once. A failure is told by each command that seals.
      void prepare(const v1::ExecuteCommandsRequest& batch) const {
        static_cast<void>(service->bind_.prepare(batch));
      }
      void operator()(const v1::MembershipCommand& command, rpc::BatchEntry& entry) const {
        service->visit(command, entry);
      }
      MembershipService* service;
    };
    return rpc::run_batch(calls_, "ExecuteCommands", context, request, response, Visit{this});
  }

 private:
  template <class Request, class Response>
  Reactor* command(std::string_view method, Context* context, const Request* request,
                   Response* response) {
    return rpc::run_command(calls_, method, context, request, response, bind_,
                            fill_.in(CountyId(request->county())));
  }
  template <class Request, class Response>
  Reactor* query(std::string_view method, Context* context, const Request* request,
                 Response* response) {
    return rpc::run_query(
        calls_, method, context, request, response, answer_,
        [method](const runtime::QueryContext& asked, const Actor& actor, const Request& what,
                 const Response& out) -> std::optional<runtime::DecideFn> {
          if constexpr (requires { shown(out); }) {
            return record_look(asked, actor, what.county(), method, shown(out));
          } else {
            return std::nullopt;
          }
        });
  }

  void visit(const v1::MembershipCommand& command, rpc::BatchEntry& entry) const {
    using v1::MembershipCommand;
    switch (command.command_case()) {
      case MembershipCommand::kCreateCounty:
        return entry.take("CreateCounty", command.create_county(), bind_);
      case MembershipCommand::kUpdateCounty:
        return entry.take("UpdateCounty", command.update_county(), bind_);
      case MembershipCommand::kCreateOrganisation:
        return entry.take("CreateOrganisation", command.create_organisation(), bind_);
      case MembershipCommand::kUpdateOrganisation:
        return entry.take("UpdateOrganisation", command.update_organisation(), bind_);
      case MembershipCommand::kMoveOrganisation:
        return entry.take("MoveOrganisation", command.move_organisation(), bind_);
      case MembershipCommand::kDissolveOrganisation:
        return entry.take("DissolveOrganisation", command.dissolve_organisation(), bind_);
      case MembershipCommand::kAddMembership:
        return entry.take("AddMembership", command.add_membership(), bind_);
      case MembershipCommand::kEndMembership:
        return entry.take("EndMembership", command.end_membership(), bind_);
      case MembershipCommand::kRegisterPerson:
        return entry.take("RegisterPerson", command.register_person(), bind_);
      case MembershipCommand::kUpdatePerson:
        return entry.take("UpdatePerson", command.update_person(), bind_);
      case MembershipCommand::kAppointPost:
        return entry.take("AppointPost", command.appoint_post(), bind_);
      case MembershipCommand::kEndPost:
        return entry.take("EndPost", command.end_post(), bind_);
      case MembershipCommand::kErasePerson:
        return entry.take("ErasePerson", command.erase_person(), bind_);
      case MembershipCommand::COMMAND_NOT_SET:
        return;
    }
  }

  const rpc::Calls calls_;
  const CommandBinder bind_;
  const ReplyFiller fill_;
  const RevealFiller reveal_;
  const QueryAnswerer answer_;
  Eraser& eraser_;
};

}  // namespace

rpc::Binding make_membership_service(rpc::Environment& environment, seal::Sealer& sealer,
                                     Eraser& eraser) {
  return {v1::MembershipService::service_full_name(),
          std::make_shared<MembershipService>(environment, sealer, eraser)};
}

}  // namespace lianmeng::membership
