// What a call is, whatever it asks for: counted in and out, who calls, until when, and how another
// host comes to answer it. How each kind of call goes on from here is told in calls.h.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "platform/rpc/fields.h"
#include "platform/rpc/hash.h"
#include "platform/rpc/metadata.h"
#include "platform/rpc/relay.h"
#include "platform/rpc/server.h"
#include "platform/runtime/service_host.h"

namespace lianmeng::rpc {

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

// What a refusal for the host's own sake says of a call that another pod handed on: that one may
// then ask elsewhere. Empty of what a rule refuses: that is the answer.
std::string_view fate_of(std::string_view reason);

// None of these hosts answered.
Error no_host(const runtime::Elsewhere& where);

// A call from its handler to its answer, whatever it asks for.
class Call {
 public:
  // Counts the call in.
  Call(const Calls& calls, std::string_view method, grpc::CallbackServerContext* context);

  // Reads the metadata; an error when the call cannot be taken (who, cancelled, too late).
  Status open();

  const Calls& calls() const { return calls_; }
  Time now() const { return calls_.environment().clock.now(); }
  const Caller& caller() const { return caller_; }
  grpc::CallbackServerContext* context() const { return context_; }
  SteadyTime deadline() const { return deadline_; }
  // The caller's own deadline: what streams until the caller goes has no other.
  SteadyTime callers_deadline() const { return callers_deadline_; }

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
  // Tells the pod that handed this call on, if one did, when the error is this host's own, so that
  // it asks another. Before the answer.
  void tell_fate(std::string_view reason) const;
  // An earlier attempt may have been done.
  void mark_repeat() { caller_.repeat = true; }

 private:
  const Calls& calls_;
  const MethodProbe& probe_;
  grpc::CallbackServerContext* const context_;
  const SteadyTime started_;
  SteadyTime deadline_{SteadyTime::max()};
  SteadyTime callers_deadline_{SteadyTime::max()};
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

}  // namespace lianmeng::rpc
