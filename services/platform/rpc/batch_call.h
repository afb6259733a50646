// A call that is many commands of one county, each with its own outcome.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "platform/rpc/call.h"
#include "platform/rpc/command_call.h"
#include "platform/rpc/fields.h"
#include "platform/rpc/reasons.h"
#include "platform/rpc/status.h"
#include "platform/runtime/service_host.h"

namespace lianmeng::rpc {

inline constexpr int kBatchMax = 1000;

// One command of a batch, as the service's visit() names it.
class BatchEntry {
 public:
  // `whose_alone`: only the shared fields are read.
  explicit BatchEntry(const Call& call, bool whose_alone = false)
      : call_(call), whose_alone_(whose_alone) {}

  // `name` as a single call would have it: "TakeDemand".
  template <class Request, class Bind>
  void take(std::string_view name, const Request& request, Bind&& bind) {
    auto fields = read_fields(request, call_.now());
    if (!fields) {
      command_ = fail(std::move(fields).error());
      return;
    }
    if (whose_alone_) {
      command_ = call_.command(name, std::move(*fields), request);
      return;
    }
    Result<runtime::DecideFn> decide = bind(request);
    if (!decide) {
      command_ = fail(std::move(decide).error());
      return;
    }
    command_ = call_.command(name, std::move(*fields), request);
    command_->decide = std::move(*decide);
  }

  // An error unless take() found nothing wrong.
  Result<runtime::Command>& command() { return command_; }

 private:
  const Call& call_;
  const bool whose_alone_;
  Result<runtime::Command> command_ = fail(to_error(refuse(kBatchEntryEmpty)));
};

namespace internal {

// Refused when the bytes of the batch could not be read, or when it is empty or too long.
Status check_batch(const google::protobuf::Message& request, int size);
// Names the county of the whole batch in the outcome of a command for another.
Error batch_county_error(const CountyId& county, const CountyId& given);

// Writes an outcome: {oneof: accepted {subject, read_token, repeated, validated} | error}.
template <class Outcome>
void set_entry(const Calls& calls, const runtime::CommandResult& result, Outcome* outcome) {
  if (const auto* accepted = result.accepted()) {
    auto* out = outcome->mutable_accepted();
    out->set_subject(accepted->subject);
    set_outcome(*accepted, out);
  } else {
    calls.count_error(result.error()->reason);
    *outcome->mutable_error() = to_rpc_status(*result.error());
  }
}

template <class Request, class Response>
struct BatchCall final : UnaryCall {
  BatchCall(const Calls& calls, std::string_view method, grpc::CallbackServerContext* context,
            const Request& request, Response* response)
      : UnaryCall(calls, method, context, request, response),
        request(request),
        response(response) {}

  // The last of the commands, or the handler when they were all answered before it ended.
  void release(int done = 1) {
    if (open.fetch_sub(done, std::memory_order_acq_rel) != done) return;
    // A host that could decide none of them says so as of a call: another may.
    if (sent > 0 && undecided.load() == sent) call.tell_fate(kNotServing.code);
    finish(nullptr);
  }

  // All that is right goes to the loop at once, so that its order holds.
  template <class Visit>
  void submit(Visit& visit) {
    const auto size = request.commands_size();
    response->mutable_outcomes()->Reserve(size);
    for (int i = 0; i < size; ++i) response->add_outcomes();
    open.store(size + 1, std::memory_order_relaxed);
    CountyId county;
    std::vector<runtime::Command> commands;
    commands.reserve(static_cast<std::size_t>(size));
    if constexpr (requires { visit.prepare(request); }) visit.prepare(request);
    for (int i = 0; i < size; ++i) {
      auto* outcome = response->mutable_outcomes(i);
      BatchEntry entry(call);
      visit(request.commands(i), entry);
      auto& command = entry.command();
      if (command && county.empty()) county = command->county;
      if (command && command->county != county) {
        command = fail(batch_county_error(county, command->county));
      }
      if (!command) {
        *outcome->mutable_error() = to_rpc_status(command.error());
        release();
        continue;
      }
      command->bulk = true;
      command->call = this;
      command->part = i;
      command->done = [this, outcome](const runtime::CommandResult& result) {
        const auto* error = result.error();
        if (error != nullptr && fate_of(error->reason) == kFateNotTaken) ++undecided;
        set_entry(call.calls(), result, outcome);
        release();
      };
      commands.push_back(std::move(*command));
    }
    sent = static_cast<int>(commands.size());
    const auto& calls = call.calls();
    calls.environment().host.submit_all(calls.service(), std::move(commands));
    release();
  }

  const Request& request;
  Response* const response;
  std::atomic<int> open{1};
  std::atomic<int> undecided{0};  // Refused for the host's own sake…
  int sent = 0;                   // …of those that went to the loop.

 protected:
  std::string request_of(const std::vector<int>& parts) const override {
    if (parts.empty()) return request.SerializeAsString();
    Request some;
    for (const int part : parts) *some.add_commands() = request.commands(part);
    return some.SerializeAsString();
  }

  void take(const std::vector<int>& parts, const RelayAnswer& answer) override {
    Response some;
    const bool whole = answer.status.code == 0 && some.ParseFromString(answer.response) &&
                       some.outcomes_size() == static_cast<int>(parts.size());
    for (std::size_t i = 0; i < parts.size(); ++i) {
      auto* outcome = response->mutable_outcomes(parts[i]);
      if (whole) {
        *outcome = std::move(*some.mutable_outcomes(static_cast<int>(i)));
      } else {
        *outcome->mutable_error() = to_rpc_status(answer.status);
      }
    }
    release(static_cast<int>(parts.size()));
  }
};

}  // namespace internal

// Up to 1,000 commands of one county, in order, each with its own outcome, not atomic. They stand
// behind people as imports do, all alike, so that their order holds. Where `visit` has a `prepare`,
// it is called with the batch once that is taken and known to be decided here.
template <class Request, class Response, class Visit>
grpc::ServerUnaryReactor* run_batch(const Calls& calls, std::string_view method,
                                    grpc::CallbackServerContext* context, const Request* request,
                                    Response* response, Visit&& visit) {
  auto* self =
      new internal::BatchCall<Request, Response>(calls, method, context, *request, response);
  auto* reactor = self->reactor;
  auto status = self->call.open();
  if (status) status = internal::check_batch(*request, request->commands_size());
  if (!status) {
    self->finish(&status.error());
    return reactor;
  }
  // Whose it is, by the first command that can be read.
  const auto whose = [&](int i) {
    BatchEntry entry(self->call, true);
    visit(request->commands(i), entry);
    return std::move(entry.command());
  };
  const auto size = request->commands_size();
  const runtime::Elsewhere* where = nullptr;
  bool may_repeat = true;
  for (int i = 0; i < size && (i == 0 || where != nullptr); ++i) {
    const auto command = whose(i);
    if (!command) continue;
    if (where == nullptr) where = self->call.elsewhere(command->county);
    may_repeat = may_repeat && !(command->request_id.empty() && command->external_id.empty());
  }
  if (where == nullptr) {
    self->submit(visit);
  } else {
    self->go(*where, may_repeat,
             [self, visit = std::decay_t<Visit>(std::forward<Visit>(visit))](bool repeat) mutable {
               if (repeat) self->call.mark_repeat();
               self->submit(visit);
             });
  }
  return reactor;
}

}  // namespace lianmeng::rpc
