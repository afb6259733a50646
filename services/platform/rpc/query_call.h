// A call that is one query, answered on the loop, and what goes on record before its answer goes.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "platform/rpc/call.h"
#include "platform/rpc/fields.h"
#include "platform/runtime/service_host.h"

namespace lianmeng::rpc {
namespace internal {

// Of queries whose answers leave no trace.
struct NoLook {};

template <class Request, class Response, class Answer, class Look>
struct QueryCall final : UnaryCall {
  QueryCall(const Calls& calls, std::string_view method, grpc::CallbackServerContext* context,
            const Request* request, Response* response, Answer answer, Look look)
      : UnaryCall(calls, method, context, *request, response),
        request(request),
        response(response),
        answer(std::move(answer)),
        look(std::move(look)) {}

  void done(const Result<runtime::QueryContext>& context) {
    if (!context) return finish(&context.error());
    Status status = answer(*context, call.caller().actor, *request, response);
    if (!status) return finish(&status.error());
    if constexpr (requires { response->set_read_token(std::string{}); }) {
      response->set_read_token(to_string(context->applied));
    }
    if constexpr (!std::is_same_v<Look, NoLook>) {
      if (auto record = look(*context, call.caller().actor, *request, *response)) {
        return keep(std::move(*record));
      }
    }
    finish(nullptr);
  }

  // The answer goes once the look is durable; when it cannot be kept, nothing is shown.
  void keep(runtime::DecideFn decide) {
    Fields fields;
    fields.county = CountyId(request->county());
    auto command = call.command("RecordLook", std::move(fields), *request);
    command.decide = std::move(decide);
    // Another host answers the whole query anew, and puts its own look on record.
    command.call = this;
    command.may_be_doubled = true;
    command.done = [this](const runtime::CommandResult& result) { finish(result.error()); };
    call.calls().environment().host.submit(call.calls().service(), std::move(command));
  }

  const Request* const request;
  Response* const response;
  Answer answer;
  Look look;
};

}  // namespace internal

// One query, answered from a view known to be current, or as fresh as it asks for.
template <class Request, class Response, class Answer, class Look = internal::NoLook>
grpc::ServerUnaryReactor* run_query(const Calls& calls, std::string_view method,
                                    grpc::CallbackServerContext* context, const Request* request,
                                    Response* response, Answer&& answer, Look&& look = {}) {
  using ThisCall = internal::QueryCall<Request, Response, std::decay_t<Answer>, std::decay_t<Look>>;
  auto* self = new ThisCall(calls, method, context, request, response, std::forward<Answer>(answer),
                            std::forward<Look>(look));
  auto* reactor = self->reactor;
  const auto refuse = [&](const Error& error) {
    self->finish(&error);
    return reactor;
  };
  if (const auto status = self->call.open(); !status) return refuse(status.error());
  auto fields = read_fields(*request, self->call.now());
  if (!fields) return refuse(fields.error());
  const auto ask_here = [self, method](Fields asked) {
    const auto& calls = self->call.calls();
    auto query = self->call.query(method, std::move(asked));
    query.done = [self](const Result<runtime::QueryContext>& context) { self->done(context); };
    calls.environment().host.query(calls.service(), std::move(query));
  };
  if (const auto* where = self->call.elsewhere(fields->county)) {
    self->go(*where, true, [ask_here, fields = std::move(*fields)](bool) mutable {
      ask_here(std::move(fields));
    });
  } else {
    ask_here(std::move(*fields));
  }
  return reactor;
}

}  // namespace lianmeng::rpc
