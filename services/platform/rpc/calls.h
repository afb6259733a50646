// How a service's gRPC methods reach the runtime. Only the file with the gRPC service class
// includes this. A handler parses and enqueues, nothing else; the answer is written and sent on the
// loop of the county's partition:
//
//   class DispatchService final : public v1::DispatchService::CallbackService {
//    public:
//     explicit DispatchService(rpc::Environment& environment)
//         : calls_(environment, "dispatch", v1::DispatchService::service_full_name()) {}
//     grpc::ServerUnaryReactor* TakeDemand(grpc::CallbackServerContext* context,
//                                          const v1::TakeDemandRequest* request,
//                                          v1::TakeDemandResponse* response) override {
//       return rpc::run_command(calls_, "TakeDemand", context, request, response, bind_take_demand,
//                               fill_take_demand);
//     }
//
// What a service hands in:
//   bind    (const Request&) -> Result<runtime::DecideFn>        on a thread of gRPC
//   fill    (const state::View&, const runtime::Accepted&, Response*)       on the loop
//           or with the caller: (…, const runtime::Accepted&, const Actor&, Response*);
//           may return a Status: an error is the answer, though the command stands.
//           With settle(const runtime::Accepted&, std::function<void(const Error*)> answer) the
//           answer goes when `answer` is called, once, on any thread.
//   answer  (const runtime::QueryContext&, const Actor&, const Request&, Response*) -> Status
//                                                                on the loop
//   look    (const runtime::QueryContext&, const Actor&, const Request&, const Response&)
//           -> std::optional<runtime::DecideFn>                  on the loop; what must be on
//                                                                record before the answer goes
//   check   (const runtime::QueryContext&, const Actor&, const Request&) -> Status
//                                                                on the loop; why a watch is
//                                                                refused
//   convert (const runtime::WatchedEvent&, const Actor&, const Request&, Response*) -> bool
//                                                                on the loop; false: not for this
//                                                                call
//   visit   (const Command&, BatchEntry&): names the one request in the oneof of a batch
//
// Request and response live until the call is answered, so a DecideFn may refer to its request.
// read_token, repeated and validated of a response are set here.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <array>
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "platform/identity/reasons.h"
#include "platform/rpc/fields.h"
#include "platform/rpc/hash.h"
#include "platform/rpc/metadata.h"
#include "platform/rpc/reasons.h"
#include "platform/rpc/relay.h"
#include "platform/rpc/server.h"
#include "platform/rpc/status.h"
#include "platform/rpc/watches.h"
#include "platform/runtime/service_host.h"

namespace lianmeng::rpc {

inline constexpr int kBatchMax = 1000;

// The metrics of one method. What every call needs is made once; of codes only those that came.
struct MethodProbe {
  std::string name;
  std::string path;  // "/lianmeng.dispatch.v1.DispatchService/TakeDemand"
  obs::Gauge in_flight;
  obs::Histogram seconds;
  mutable std::array<std::atomic<obs::Counter>, 17> by_code;  // By gRPC code.
};

// What the methods of one service share. Threads: any. Lifetime: the service class's.
class Calls {
 public:
  // `service` is the runtime's name ("dispatch"), `full_name` that of the gRPC service.
  Calls(Environment& environment, std::string service, const std::string& full_name);
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;

  const MethodProbe& probe(std::string_view method) const;
  void count(const MethodProbe& probe, grpc::StatusCode code) const;
  // Why a call was not done, by the error's reason.
  void count_error(const std::string& reason) const;
  void count_retry() const { retries_.add(); }
  Environment& environment() const { return environment_; }
  const std::string& service() const { return service_; }
  const RequestHasher& hasher() const { return hasher_; }

 private:
  Environment& environment_;
  const std::string service_;
  std::unordered_map<std::string_view, std::unique_ptr<MethodProbe>> probes_;
  obs::Counter retries_;
  mutable std::mutex errors_mutex_;
  mutable std::unordered_map<std::string, obs::Counter> errors_;  // Guarded by errors_mutex_.
  RequestHasher hasher_;
};

// A call from its handler to its answer, whatever it asks for.
class Call {
 public:
  // Counts the call in.
  Call(const Calls& calls, std::string_view method, grpc::CallbackServerContext* context);

  // Reads the metadata; an error when the call cannot be taken (who, cancelled, too late).
  Status open();

  const Calls& calls() const { return calls_; }
  const Caller& caller() const { return caller_; }
  grpc::CallbackServerContext* context() const { return context_; }
  SteadyTime deadline() const { return deadline_; }

  // Counts the call out.
  void count(grpc::StatusCode code) const;

  // The shared parts of a command. `hashed` is whose payload counts.
  runtime::Command command(std::string_view name, Fields fields,
                           const google::protobuf::Message& hashed) const;
  runtime::Query query(std::string_view name, Fields fields) const;

  // Where the calls of that county go that are not for here; null: they are.
  const runtime::Elsewhere* elsewhere(const CountyId& county) const;
  // This call for another host.
  OutgoingCall outgoing(std::string request, runtime::Attempt attempt) const;
  // An earlier attempt may have been done.
  void mark_repeat() { caller_.repeat = true; }

 private:
  const Calls& calls_;
  const MethodProbe& probe_;
  grpc::CallbackServerContext* const context_;
  const SteadyTime started_;
  SteadyTime deadline_{SteadyTime::max()};
  Caller caller_;
};

// A call with one answer; deletes itself with it.
class UnaryCall : public runtime::OriginalCall {
 public:
  UnaryCall(const Calls& calls, std::string_view method, grpc::CallbackServerContext* context,
            const google::protobuf::Message& request, google::protobuf::Message* response)
      : call(calls, method, context),
        reactor(context->DefaultReactor()),
        request_(request),
        response_(response) {}

  void finish(const Error* error);

  // Lets another host answer. When none does and the county is hosted here too, `here` is called;
  // `repeat`: a host may have done it. `may_repeat`: doing it twice does no harm, or is recognised.
  void go(const runtime::Elsewhere& where, bool may_repeat, std::function<void(bool repeat)> here);

  void forward(const std::string& host, runtime::Attempt attempt, std::vector<int> parts,
               std::function<void(bool fate_unknown)> failed) override;

  Call call;
  grpc::ServerUnaryReactor* const reactor;

 protected:
  // The bytes of the request with these commands alone; with none named, of all of it.
  virtual std::string request_of(const std::vector<int>&) const {
    return request_.SerializeAsString();
  }
  // Another host has answered these.
  virtual void take(const std::vector<int>&, const RelayAnswer& answer) { finish_as(answer); }

 private:
  void finish_as(const RelayAnswer& answer);
  void finish_unanswered(const runtime::Elsewhere& where, bool unknown);

  const google::protobuf::Message& request_;
  google::protobuf::Message* const response_;
};

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
  auto fields = read_fields(*request);
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
  auto fields = read_fields(*request);
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

// One command of a batch, as the service's visit() names it.
class BatchEntry {
 public:
  // `whose_alone`: only the shared fields are read.
  explicit BatchEntry(const Call& call, bool whose_alone = false)
      : call_(call), whose_alone_(whose_alone) {}

  // `name` as a single call would have it: "TakeDemand".
  template <class Request, class Bind>
  void take(std::string_view name, const Request& request, Bind&& bind) {
    auto fields = read_fields(request);
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
    if (open.fetch_sub(done, std::memory_order_acq_rel) == done) finish(nullptr);
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
        set_entry(call.calls(), result, outcome);
        release();
      };
      commands.push_back(std::move(*command));
    }
    const auto& calls = call.calls();
    calls.environment().host.submit_all(calls.service(), std::move(commands));
    release();
  }

  const Request& request;
  Response* const response;
  std::atomic<int> open{1};

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
// behind people as imports do, all alike, so that their order holds.
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

namespace internal {

// A stream from its handler to its end. One write is in flight; the others wait in a queue, and a
// reader that lets it fill is ended. Threads: gRPC's and the loop's, hence the mutex.
// Lifetime: shared by gRPC (until OnDone), the runtime's watch and the list of open ones; request
// and context are touched before OnDone alone.
template <class Request, class Response, class Check, class Convert>
class WatchCall final
    : public grpc::ServerWriteReactor<Response>,
      public OpenWatch,
      public RelaySink,
      public std::enable_shared_from_this<WatchCall<Request, Response, Check, Convert>> {
 public:
  WatchCall(const Calls& calls, std::string_view method, grpc::CallbackServerContext* context,
            const Request* request, Check check, Convert convert)
      : call_(calls, method, context),
        method_(method),
        request_(request),
        check_(std::move(check)),
        convert_(std::move(convert)) {}

  // In the handler.
  void start() {
    self_ = this->shared_from_this();
    auto status = call_.open();
    auto fields = read_fields(*request_);
    if (status && !fields) status = fail(fields.error());
    if (status) status = watches().add(self_);
    if (!status) return end(status.error());
    const auto* where = call_.elsewhere(fields->county);
    if (where != nullptr && !where->hosted_here) return start_elsewhere(*where);
    // Whether the caller may is a query like any other; from its view on, events are watched.
    auto query = call_.query(method_, std::move(*fields));
    query.done = [self = self_,
                  county = query.county](const Result<runtime::QueryContext>& context) {
      self->begin(county, context);
    };
    call_.calls().environment().host.query(call_.calls().service(), std::move(query));
  }

  void end(const Error& error) override {
    const std::lock_guard lock(mutex_);
    end_locked(to_grpc(error));
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    queue_.pop_front();
    if (!ok) end_locked(grpc::Status::CANCELLED);
    advance();
  }
  void OnCancel() override {
    const std::lock_guard lock(mutex_);
    end_locked(grpc::Status::CANCELLED);
  }
  void OnDone() override {
    watches().remove(self_);
    std::shared_ptr<WatchCall> last;  // These outlive the lock.
    std::unique_ptr<RelayStream> remote;
    const std::lock_guard lock(mutex_);
    last.swap(self_);
    remote.swap(remote_);
  }

  // As a host that has the county streams it.
  void on_open() override {
    const std::lock_guard lock(mutex_);
    open_locked();
  }
  bool on_message(const std::string& message) override {
    const std::lock_guard lock(mutex_);
    open_locked();
    Response response;
    return !ending_ && response.ParseFromString(message) && push(std::move(response));
  }
  void on_end(const WireStatus& status) override {
    const std::lock_guard lock(mutex_);
    end_locked(to_grpc(status));
  }

 private:
  void start_elsewhere(const runtime::Elsewhere& where) {
    const auto hops = call_.caller().hops;
    std::unique_ptr<RelayStream> remote;
    if (hops < kHopsMax) {
      remote = call_.calls().environment().relay->stream(
          where.hosts, call_.outgoing(request_->SerializeAsString(), {false, hops + 1}), self_);
    }
    if (remote == nullptr) {
      return end(to_error(refuse(kNoHost, {{"hosts", where.hosts.front()}})));
    }
    const std::lock_guard lock(mutex_);
    remote_ = std::move(remote);
  }

  // On the county's loop, which brings the events too: none comes before the first metadata.
  void begin(const CountyId& county, const Result<runtime::QueryContext>& context) {
    {
      const std::lock_guard lock(mutex_);
      if (ending_) return;
      const auto status =
          context ? check_(*context, call_.caller().actor, *request_) : fail(context.error());
      if (!status) return end_locked(to_grpc(status.error()));
    }
    runtime::Watch watch;
    watch.county = county;
    watch.on_event = [self = this->shared_from_this()](const runtime::WatchedEvent& event) {
      return self->on_event(event);
    };
    watch.wanted = [self = this->shared_from_this()] { return self->wanted(); };
    watch.on_end = [self = this->shared_from_this()](const Error& error) { self->end(error); };
    call_.calls().environment().host.watch(call_.calls().service(), std::move(watch));
    const std::lock_guard lock(mutex_);
    open_locked();
  }

  Watches& watches() { return call_.calls().environment().watches(); }

  bool wanted() {
    const std::lock_guard lock(mutex_);
    return !ending_;
  }

  bool on_event(const runtime::WatchedEvent& event) {
    const std::lock_guard lock(mutex_);
    if (ending_) return false;
    // A stream outlives the call that began it; the token that it began with bounds it.
    if (const auto until = call_.caller().until;
        until && call_.calls().environment().clock.now() >= *until) {
      end_locked(
          to_grpc(to_error(refuse(identity::kTokenExpired, {{"time", to_rfc3339(*until)}}))));
      return false;
    }
    Response response;
    if (!convert_(event, call_.caller().actor, *request_, &response)) return true;
    return push(std::move(response));
  }

  bool push(Response response) {
    if (queue_.size() >= kWatchQueueMax) {
      end_locked(
          to_grpc(to_error(refuse(kWatchTooSlow, {{"limit", std::to_string(kWatchQueueMax)}}))));
      return false;
    }
    queue_.push_back(std::move(response));
    advance();
    return true;
  }

  // The caller hears that it watches.
  void open_locked() {
    if (std::exchange(opened_, true) || finished_) return;
    this->StartSendInitialMetadata();
  }

  void end_locked(const grpc::Status& status) {
    if (ending_) return;
    ending_ = true;
    status_ = status;
    // What waits is dropped: a reader so slow would get it too late, and one that is gone never.
    if (!queue_.empty()) queue_.erase(queue_.begin() + (writing_ ? 1 : 0), queue_.end());
    advance();
  }

  // Starts the next write, or the end when nothing is being written.
  void advance() {
    if (writing_ || finished_) return;
    if (ending_) {
      finished_ = true;
      call_.count(status_.error_code());
      this->Finish(status_);
    } else if (!queue_.empty()) {
      writing_ = true;
      this->StartWrite(&queue_.front());
    }
  }

  Call call_;
  const std::string method_;
  const Request* const request_;
  Check check_;
  Convert convert_;
  std::shared_ptr<WatchCall> self_;  // gRPC's share.
  std::unique_ptr<RelayStream> remote_;

  std::mutex mutex_;
  std::deque<Response> queue_;  // The first is being written when writing_.
  bool opened_ = false;
  bool writing_ = false;
  bool ending_ = false;
  bool finished_ = false;
  grpc::Status status_;
};

}  // namespace internal

// Streams one county's events as they are applied, until the caller goes, reads too slowly or the
// server stops. Whoever may not watch is refused; to the others the first metadata is sent at once,
// so that they know they watch.
template <class Response, class Request, class Check, class Convert>
grpc::ServerWriteReactor<Response>* run_watch(const Calls& calls, std::string_view method,
                                              grpc::CallbackServerContext* context,
                                              const Request* request, Check&& check,
                                              Convert&& convert) {
  using ThisCall =
      internal::WatchCall<Request, Response, std::decay_t<Check>, std::decay_t<Convert>>;
  auto watch = std::make_shared<ThisCall>(
      calls, method, context, request, std::forward<Check>(check), std::forward<Convert>(convert));
  watch->start();
  return watch.get();
}

}  // namespace lianmeng::rpc
