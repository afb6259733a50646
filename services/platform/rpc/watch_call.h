// A call that is a stream of events.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "platform/identity/reasons.h"
#include "platform/rpc/call.h"
#include "platform/rpc/fields.h"
#include "platform/rpc/reasons.h"
#include "platform/rpc/status.h"
#include "platform/rpc/watches.h"
#include "platform/runtime/service_host.h"

namespace lianmeng::rpc {
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
    auto fields = read_fields(*request_, call_.now());
    if (status && !fields) status = fail(fields.error());
    if (status) status = watches().add(self_);
    if (!status) return end(status.error());
    fields_ = std::move(*fields);
    where_ = call_.elsewhere(fields_.county);
    if (where_ != nullptr) return start_elsewhere();
    start_here();
  }

  void end(const Error& error) override {
    const std::lock_guard lock(mutex_);
    end_locked(error);
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
  void on_unanswered() override {
    if (where_->hosted_here) return start_here();
    end(no_host(*where_));
  }

 private:
  void start_here() {
    // Whether the caller may is a query like any other; from its view on, events are watched.
    auto query = call_.query(method_, fields_);
    query.done = [self = this->shared_from_this(),
                  county = query.county](const Result<runtime::QueryContext>& context) {
      self->begin(county, context);
    };
    call_.calls().environment().host.query(call_.calls().service(), std::move(query));
  }

  void start_elsewhere() {
    const auto hops = call_.caller().hops;
    // The pod that asks can ask the others itself.
    if (hops > 0 && where_->hosted_here) return end(to_error(refuse(kNotServing)));
    if (hops >= kHopsMax) return on_unanswered();
    auto out = call_.outgoing(request_->SerializeAsString(), {false, hops + 1});
    out.deadline = call_.callers_deadline();
    auto remote = call_.calls().environment().relay->stream(where_->hosts, std::move(out),
                                                            this->shared_from_this());
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
      if (!status) return end_locked(status.error());
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
      end_locked(to_error(refuse(identity::kTokenExpired, {{"time", to_rfc3339(*until)}})));
      return false;
    }
    Response response;
    if (!convert_(event, call_.caller().actor, *request_, &response)) return true;
    return push(std::move(response));
  }

  bool push(Response response) {
    if (queue_.size() >= kWatchQueueMax) {
      end_locked(to_error(refuse(kWatchTooSlow, {{"limit", std::to_string(kWatchQueueMax)}})));
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

  void end_locked(const Error& error) {
    if (!ending_) call_.tell_fate(error.reason);
    end_locked(to_grpc(error));
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
  Fields fields_;
  const runtime::Elsewhere* where_ = nullptr;  // Null: it is for here.
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
