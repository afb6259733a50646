#include "platform/rpc/call.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <array>

#include "platform/base/assert.h"
#include "platform/rpc/incoming.h"
#include "platform/rpc/reasons.h"
#include "platform/rpc/status.h"

namespace lianmeng::rpc {
namespace {

// A call that names no deadline gets this; a longer one than a day is a day.
constexpr auto kDeadlineDefault = std::chrono::seconds(10);
constexpr auto kDeadlineMax = std::chrono::hours(24);

constexpr const char* kCodeNames[] = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

Error unanswered(const Reason& reason, const runtime::Elsewhere& where) {
  return to_error(refuse(reason, {{"hosts", fmt::format("{}", fmt::join(where.hosts, ", "))}}));
}

}  // namespace

Error no_host(const runtime::Elsewhere& where) { return unanswered(kNoHost, where); }

std::string_view fate_of(std::string_view reason) {
  constexpr std::array<std::string_view, 9> kNotDecided{
      "NOT_SERVING", "NOT_HOSTED", "NO_HOST",    "SERVER_STOPPING", "SHUTTING_DOWN",
      "CLOCK_OFF",   "DRAINING",   "STORE_FULL", "NOT_WRITTEN"};
  if (reason == kForwardUnknown.code) return kFateUnknown;
  return std::ranges::find(kNotDecided, reason) != kNotDecided.end() ? kFateNotTaken
                                                                     : std::string_view();
}

Calls::Calls(Environment& environment, std::string service, const std::string& full_name)
    : environment_(environment), service_(std::move(service)) {
  const auto* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(full_name);
  LM_ASSERT(descriptor != nullptr, "no gRPC service {} is linked in", full_name);
  auto& metrics = environment.metrics;
  retries_ =
      metrics.counter("lianmeng_rpc_retries_total",
                      "Calls that are not their caller's first attempt.", {{"service", service_}});
  for (int i = 0; i < descriptor->method_count(); ++i) {
    const auto& method = *descriptor->method(i);
    const obs::Labels labels{{"service", service_}, {"method", method.name()}};
    auto probe = std::make_unique<MethodProbe>();
    probe->name = method.name();
    probe->path = "/" + full_name + "/" + method.name();
    probe->in_flight =
        metrics.gauge("lianmeng_rpc_in_flight", "Calls that are not answered yet.", labels);
    probe->seconds =
        metrics.histogram("lianmeng_rpc_seconds", "From the handler to the answer, in seconds.",
                          labels, obs::latency_buckets());
    const std::string_view name = probe->name;
    probes_.emplace(name, std::move(probe));
    hasher_.learn(*method.input_type());
  }
}

const MethodProbe& Calls::probe(std::string_view method) const {
  const auto found = probes_.find(method);
  LM_ASSERT(found != probes_.end(), "{} has no method {}", service_, method);
  return *found->second;
}

void Calls::count(const MethodProbe& probe, grpc::StatusCode code) const {
  const auto at = static_cast<std::size_t>(code);
  auto counter = probe.by_code[at].load(std::memory_order_relaxed);
  if (!counter.made()) {
    // The same name and labels give the same metric again, so two threads may both come here.
    counter = environment_.metrics.counter(
        "lianmeng_rpc_calls_total", "Calls answered, by gRPC code.",
        {{"service", service_}, {"method", probe.name}, {"code", kCodeNames[at]}});
    probe.by_code[at].store(counter, std::memory_order_relaxed);
  }
  counter.add();
}

void Calls::count_error(const std::string& reason) const {
  const std::lock_guard lock(errors_mutex_);
  auto found = errors_.find(reason);
  if (found == errors_.end()) {
    found = errors_
                .emplace(reason, environment_.metrics.counter(
                                     "lianmeng_rpc_errors_total",
                                     "Calls that were not done, by the reason code of the answer.",
                                     {{"service", service_}, {"reason", reason}}))
                .first;
  }
  found->second.add();
}

Call::Call(const Calls& calls, std::string_view method, grpc::CallbackServerContext* context)
    : calls_(calls),
      probe_(calls.probe(method)),
      context_(context),
      started_(calls.environment().clock.steady()) {
  probe_.in_flight.add(1);
}

Status Call::open() {
  if (context_->IsCancelled()) return fail(to_error(refuse(kCallCancelled)));
  const auto deadline = context_->deadline();
  if (deadline == std::chrono::system_clock::time_point::max()) {
    deadline_ = started_ + kDeadlineDefault;
  } else {
    const auto left = deadline - std::chrono::system_clock::now();
    if (left <= left.zero()) return fail(to_error(refuse(kCallOverdue)));
    deadline_ = callers_deadline_ = started_ + std::min<SteadyTime::duration>(left, kDeadlineMax);
  }
  auto caller = read_caller(calls_.environment(), *context_, calls_.environment().default_actor);
  if (!caller) return fail(std::move(caller).error());
  caller_ = std::move(*caller);
  if (caller_.repeat) calls_.count_retry();
  return {};
}

void Call::count(grpc::StatusCode code) const {
  probe_.in_flight.add(-1);
  calls_.count(probe_, code);
  const std::chrono::duration<double> took = calls_.environment().clock.steady() - started_;
  probe_.seconds.observe(took.count());
}

runtime::Command Call::command(std::string_view name, Fields fields,
                               const google::protobuf::Message& hashed) const {
  runtime::Command command;
  command.name = name;
  command.county = std::move(fields.county);
  command.actor = caller_.actor;
  if (!fields.request_id.empty() || !fields.external_id.empty()) {
    command.request_hash = calls_.hasher().hash(hashed);
  }
  command.request_id = std::move(fields.request_id);
  // People send no external id; what does is an import and stands behind them.
  command.bulk = !fields.external_id.empty();
  command.external_id = std::move(fields.external_id);
  command.effective_time = fields.effective_time;
  command.validate_only = fields.validate_only;
  command.repeat = caller_.repeat;
  command.hops = caller_.hops;
  command.tokens = std::move(fields.tokens);
  command.deadline = deadline_;
  command.traceparent = caller_.traceparent;
  return command;
}

runtime::Query Call::query(std::string_view name, Fields fields) const {
  runtime::Query query;
  query.name = name;
  query.county = std::move(fields.county);
  query.actor = caller_.actor;
  query.tokens = std::move(fields.tokens);
  query.staleness = caller_.staleness;
  query.deadline = deadline_;
  return query;
}

OutgoingCall Call::outgoing(std::string request, runtime::Attempt attempt) const {
  OutgoingCall out;
  out.path = probe_.path;
  out.request = std::move(request);
  out.actor = to_string(caller_.actor);
  out.authorization = raw_metadata(*context_).authorization;
  out.traceparent = caller_.traceparent;
  out.staleness = caller_.staleness;
  out.repeat = attempt.repeat;
  out.hops = attempt.hops;
  out.deadline = deadline_;
  return out;
}

void Call::tell_fate(std::string_view reason) const {
  const auto fate = fate_of(reason);
  if (caller_.hops == 0 || fate.empty()) return;
  context_->AddTrailingMetadata(std::string(kFateKey), std::string(fate));
}

const runtime::Elsewhere* Call::elsewhere(const CountyId& county) const {
  const auto& environment = calls_.environment();
  if (environment.relay == nullptr) return nullptr;
  return environment.host.elsewhere(calls_.service(), county);
}

void UnaryCall::finish(const Error* error) {
  auto* const answered = reactor;
  if (error == nullptr) {
    call.count(grpc::StatusCode::OK);
    delete this;
    answered->Finish(grpc::Status::OK);
    return;
  }
  call.calls().count_error(error->reason);
  call.tell_fate(error->reason);
  auto status = to_grpc(*error);
  call.count(status.error_code());
  delete this;
  answered->Finish(std::move(status));
}

void UnaryCall::finish_as(const RelayAnswer& answer) {
  auto status = to_grpc(answer.status);
  if (status.ok() && !response_->ParseFromString(answer.response)) {
    status = to_grpc(make_error(ErrorKind::kInternal, "ANSWER_UNREADABLE",
                                "another host's answer cannot be read"));
  }
  auto* const answered = reactor;
  call.count(status.error_code());
  delete this;
  answered->Finish(status);
}

void UnaryCall::forward(const std::string& host, runtime::Attempt attempt, std::vector<int> parts,
                        std::function<void(bool fate_unknown)> failed) {
  auto* const relay = call.calls().environment().relay;
  if (relay == nullptr) return failed(false);
  auto out = call.outgoing(request_of(parts), attempt);
  relay->send(host, std::move(out),
              [this, parts = std::move(parts), failed = std::move(failed)](RelayAnswer answer) {
                if (answer.fate == RelayAnswer::Fate::kAnswered) return take(parts, answer);
                failed(answer.fate == RelayAnswer::Fate::kUnknown);
              });
}

void UnaryCall::go(const runtime::Elsewhere& where, bool may_repeat,
                   std::function<void(bool repeat)> here) {
  const auto refuse_as = [this](const Reason& reason) {
    const auto error = to_error(refuse(reason));
    finish(&error);
  };
  // The pod that asks can ask the others itself.
  const auto hops = call.caller().hops;
  if (hops > 0 && where.hosted_here) return refuse_as(kNotServing);
  if (hops >= kHopsMax) return finish_unanswered(where, false);
  auto out = call.outgoing(request_of({}), {call.caller().repeat, hops + 1});
  call.calls().environment().relay->send_to_any(
      where.hosts, std::move(out), may_repeat, !where.hosted_here,
      [this, &where, may_repeat, here = std::move(here)](const RelayAnswer& answer) {
        if (answer.fate == RelayAnswer::Fate::kAnswered) return finish_as(answer);
        const bool unknown = answer.fate == RelayAnswer::Fate::kUnknown;
        if (where.hosted_here && (may_repeat || !unknown)) return here(unknown);
        finish_unanswered(where, unknown);
      });
}

void UnaryCall::finish_unanswered(const runtime::Elsewhere& where, bool unknown) {
  const auto error = unknown ? unanswered(kForwardUnknown, where) : no_host(where);
  finish(&error);
}

}  // namespace lianmeng::rpc
