// A call that is one command: parsed on a thread of gRPC, decided and answered on the loop.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "platform/rpc/call.h"
#include "platform/rpc/fields.h"
#include "platform/runtime/service_host.h"

namespace lianmeng::rpc {
namespace internal {

template <class Fill, class Response>
Status run_fill(Fill& fill, const state::View& view, const runtime::Accepted& accepted,
                const Actor& actor, Response* response) {
  const auto run = [&](const auto&... arguments) -> Status {
    if constexpr (std::is_same_v<decltype(fill(arguments..., response)), Status>) {
      return fill(arguments..., response);
    } else {
      fill(arguments..., response);
      return {};
    }
  };
  if constexpr (std::is_invocable_v<Fill&, const state::View&, const runtime::Accepted&,
                                    const Actor&, Response*>) {
    return run(view, accepted, actor);
  } else {
    return run(view, accepted);
  }
}

template <class Response>
void set_outcome(const runtime::Accepted& accepted, Response* response) {
  if constexpr (requires { response->set_read_token(std::string{}); }) {
    if (!accepted.validated) response->set_read_token(to_string(accepted.place));
  }
  if constexpr (requires { response->set_repeated(true); }) {
    if (accepted.repeated) response->set_repeated(true);
  }
  if constexpr (requires { response->set_validated(true); }) {
    if (accepted.validated) response->set_validated(true);
  }
}

template <class Response, class Fill>
struct CommandCall final : UnaryCall {
  CommandCall(const Calls& calls, std::string_view method, grpc::CallbackServerContext* context,
              const google::protobuf::Message& request, Response* response, Fill fill)
      : UnaryCall(calls, method, context, request, response),
        response(response),
        fill(std::move(fill)) {}

  void done(const runtime::CommandResult& result) {
    const auto* accepted = result.accepted();
    if (accepted == nullptr) return finish(result.error());
    const auto filled = run_fill(fill, *result.view, *accepted, call.caller().actor, response);
    if (!filled) return finish(&filled.error());
    set_outcome(*accepted, response);
    if constexpr (requires { fill.settle(*accepted, std::function<void(const Error*)>()); }) {
      // On its way the answer may come before this returns, and then `this` is gone.
      fill.settle(*accepted, [this](const Error* error) { finish(error); });
    } else {
      finish(nullptr);
    }
  }

  Response* const response;
  Fill fill;
};

// Parsed and checked, on to the loop.
template <class ThisCall, class Request, class Bind>
void submit_here(ThisCall* self, std::string_view method, const Request& request, Fields fields,
                 Bind& bind) {
  Result<runtime::DecideFn> decide = bind(request);
  if (!decide) return self->finish(&decide.error());
  const auto& calls = self->call.calls();
  auto command = self->call.command(method, std::move(fields), request);
  command.call = self;
  command.decide = std::move(*decide);
  command.done = [self](const runtime::CommandResult& result) { self->done(result); };
  calls.environment().host.submit(calls.service(), std::move(command));
}

}  // namespace internal

// One command, decided behind the tip of the county's partition.
template <class Request, class Response, class Bind, class Fill>
grpc::ServerUnaryReactor* run_command(const Calls& calls, std::string_view method,
                                      grpc::CallbackServerContext* context, const Request* request,
                                      Response* response, Bind&& bind, Fill&& fill) {
  using ThisCall = internal::CommandCall<Response, std::decay_t<Fill>>;
  auto* self = new ThisCall(calls, method, context, *request, response, std::forward<Fill>(fill));
  auto* reactor = self->reactor;
  const auto refuse = [&](const Error& error) {
    self->finish(&error);
    return reactor;
  };
  if (const auto status = self->call.open(); !status) return refuse(status.error());
  auto fields = read_fields(*request, self->call.now());
  if (!fields) return refuse(fields.error());
  const auto* where = self->call.elsewhere(fields->county);
  if (where == nullptr) {
    internal::submit_here(self, method, *request, std::move(*fields), bind);
    return reactor;
  }
  const bool may_repeat = !fields->request_id.empty() || !fields->external_id.empty();
  self->go(*where, may_repeat,
           [self, method, request, fields = std::move(*fields),
            bind = std::decay_t<Bind>(std::forward<Bind>(bind))](bool repeat) mutable {
             if (repeat) self->call.mark_repeat();
             internal::submit_here(self, method, *request, std::move(fields), bind);
           });
  return reactor;
}

}  // namespace lianmeng::rpc
