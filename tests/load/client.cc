#include "load/client.h"

#include <fmt/format.h>
#include <google/protobuf/arena.h>
#include <grpcpp/grpcpp.h>

#include <map>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "lianmeng/dispatch/v1/dispatch_service.grpc.pb.h"
#include "lianmeng/membership/v1/membership_service.grpc.pb.h"
#include "lianmeng/notification/v1/notification_service.grpc.pb.h"
#include "lianmeng/platform/v1/platform_service.grpc.pb.h"
#include "platform/base/assert.h"

namespace lianmeng::load {
namespace {

using SteadyClock = std::chrono::steady_clock;

// A call in flight: a tag of the completion queue.
class Tag {
 public:
  virtual ~Tag() = default;
  virtual void finish() = 0;
};

std::string reason_of(const grpc::Status& status) {
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return {};
  google::rpc::ErrorInfo info;
  for (const auto& detail : details.details()) {
    if (detail.UnpackTo(&info)) return info.reason();
  }
  return {};
}

template <class Response>
class UnaryTag final : public Tag {
 public:
  UnaryTag(const CallOptions& options, Tokens* tokens, Done<Response> done)
      : done_(std::move(done)) {
    if (tokens != nullptr && !options.actor.empty()) {
      context.AddMetadata("authorization", tokens->of(options.actor));
    }
    if (!options.actor.empty()) context.AddMetadata("lianmeng-actor", options.actor);
    if (options.attempt > 1) {
      context.AddMetadata("lianmeng-attempt", std::to_string(options.attempt));
    }
    context.set_deadline(std::chrono::system_clock::now() + options.timeout);
  }

  void start(std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> call) {
    reader_ = std::move(call);
    started_ = SteadyClock::now();
    reader_->StartCall();
    reader_->Finish(response_, &status_, static_cast<Tag*>(this));
  }

  void finish() override {
    Outcome outcome;
    outcome.took = SteadyClock::now() - started_;
    outcome.code = static_cast<int>(status_.error_code());
    if (!status_.ok()) {
      outcome.message = status_.error_message();
      outcome.reason = reason_of(status_);
    }
    done_(outcome, *response_);
  }

  grpc::ClientContext context;

 private:
  Done<Response> done_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader_;
  // A page of fifty is many small messages: its memory goes at once.
  google::protobuf::Arena arena_;
  Response* const response_ = google::protobuf::Arena::CreateMessage<Response>(&arena_);
  grpc::Status status_;
  SteadyClock::time_point started_;
};

std::shared_ptr<grpc::ChannelCredentials> credentials_of(const Access& access) {
  if (access.ca_file.empty()) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = read_file(access.ca_file);
  return grpc::SslCredentials(options);
}

std::shared_ptr<grpc::Channel> open_channel(
    const std::string& address, const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  grpc::ChannelArguments arguments;
  // Channels of one address would share one connection.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(64 * 1024 * 1024);
  // A server that was killed is back within a second or two.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 20);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 20);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);
  return grpc::CreateCustomChannel(address, credentials, arguments);
}

// A connection to each address.
struct Channel {
  Channel(const Addresses& addresses,
          const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
    for (const auto& address : {addresses.membership, addresses.dispatch, addresses.notification}) {
      auto& channel = channels[address];
      if (!channel) channel = open_channel(address, credentials);
    }
    platform = platform::v1::PlatformService::NewStub(channels.at(addresses.dispatch));
    membership = membership::v1::MembershipService::NewStub(channels.at(addresses.membership));
    dispatch = dispatch::v1::DispatchService::NewStub(channels.at(addresses.dispatch));
    notification =
        notification::v1::NotificationService::NewStub(channels.at(addresses.notification));
  }

  std::map<std::string, std::shared_ptr<grpc::Channel>> channels;
  std::unique_ptr<platform::v1::PlatformService::Stub> platform;
  std::unique_ptr<membership::v1::MembershipService::Stub> membership;
  std::unique_ptr<dispatch::v1::DispatchService::Stub> dispatch;
  std::unique_ptr<notification::v1::NotificationService::Stub> notification;
};

}  // namespace

bool Outcome::uncertain() const {
  switch (static_cast<grpc::StatusCode>(code)) {
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
    case grpc::StatusCode::ABORTED:
    case grpc::StatusCode::UNAVAILABLE:
      return true;
    default:
      return false;
  }
}

bool Outcome::late() const { return code == static_cast<int>(grpc::StatusCode::DEADLINE_EXCEEDED); }

std::string to_string(const Outcome& outcome) {
  if (outcome.ok()) return "OK";
  return fmt::format("gRPC code {} {} {}", outcome.code, outcome.reason, outcome.message);
}

struct Client::Impl {
  grpc::CompletionQueue queue;
  std::vector<Channel> channels;
  std::unique_ptr<Tokens> tokens;  // Null: none are shown.
  int in_flight = 0;

  Channel& at(int index) { return channels[static_cast<std::size_t>(index) % channels.size()]; }

  template <class Request, class Response, class Stub>
  void start(const CallOptions& options, const Request& request, Done<Response> done,
             std::unique_ptr<Stub> Channel::*stub,
             std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> (Stub::*prepare)(
                 grpc::ClientContext*, const Request&, grpc::CompletionQueue*)) {
    auto* tag = new UnaryTag<Response>(options, tokens.get(), std::move(done));
    ++in_flight;
    auto& on = *(at(options.channel).*stub);
    tag->start((on.*prepare)(&tag->context, request, &queue));
  }

  void run(void* tag) {
    const std::unique_ptr<Tag> ended(static_cast<Tag*>(tag));
    --in_flight;
    ended->finish();
  }
};

Client::Client(const Addresses& addresses, int channels)
    : Client(std::vector<Addresses>(static_cast<std::size_t>(channels), addresses)) {}

Client::Client(const std::vector<Addresses>& channels) : impl_(std::make_unique<Impl>()) {
  const auto& access = channels.front().access;
  const auto credentials = credentials_of(access);
  if (!access.token_key.empty()) impl_->tokens = std::make_unique<Tokens>(access);
  for (const auto& addresses : channels) impl_->channels.emplace_back(addresses, credentials);
}

Client::~Client() {
  impl_->channels.clear();
  impl_->queue.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (impl_->queue.Next(&tag, &ok)) delete static_cast<Tag*>(tag);
}

bool Client::connect(std::chrono::milliseconds timeout) {
  const auto until = std::chrono::system_clock::now() + timeout;
  for (auto& each : impl_->channels) {
    for (auto& [address, channel] : each.channels) {
      if (!channel->WaitForConnected(until)) return false;
    }
  }
  return true;
}

#define LIANMENG_LOAD_CALL(package, Service, stub, name)                               \
  void Client::call(const CallOptions& options, const package::name##Request& request, \
                    Done<package::name##Response> done) {                              \
    impl_->start(options, request, std::move(done), &Channel::stub,                    \
                 &package::Service::Stub::PrepareAsync##name);                         \
  }
LIANMENG_LOAD_CALL(platform::v1, PlatformService, platform, Ping)
LIANMENG_LOAD_CALL(platform::v1, PlatformService, platform, GetInfo)
LIANMENG_LOAD_CALL(membership::v1, MembershipService, membership, CreateCounty)
LIANMENG_LOAD_CALL(membership::v1, MembershipService, membership, CreateOrganisation)
LIANMENG_LOAD_CALL(membership::v1, MembershipService, membership, RegisterPerson)
LIANMENG_LOAD_CALL(dispatch::v1, DispatchService, dispatch, SubmitDemand)
LIANMENG_LOAD_CALL(dispatch::v1, DispatchService, dispatch, CommentDemand)
LIANMENG_LOAD_CALL(dispatch::v1, DispatchService, dispatch, ExecuteCommands)
LIANMENG_LOAD_CALL(dispatch::v1, DispatchService, dispatch, GetDemand)
LIANMENG_LOAD_CALL(dispatch::v1, DispatchService, dispatch, ListDemands)
LIANMENG_LOAD_CALL(dispatch::v1, DispatchService, dispatch, GetDemandHistory)
LIANMENG_LOAD_CALL(notification::v1, NotificationService, notification, CountUnread)
#undef LIANMENG_LOAD_CALL

int Client::in_flight() const { return impl_->in_flight; }

bool Client::poll(std::chrono::steady_clock::time_point until) {
  const auto left = until - SteadyClock::now();
  void* tag = nullptr;
  bool ok = false;
  const auto deadline = std::chrono::system_clock::now() +
                        std::chrono::duration_cast<std::chrono::microseconds>(left);
  if (impl_->queue.AsyncNext(&tag, &ok, deadline) != grpc::CompletionQueue::GOT_EVENT) {
    return false;
  }
  impl_->run(tag);
  return true;
}

void Client::drain() {
  void* tag = nullptr;
  bool ok = false;
  while (impl_->in_flight > 0) {
    LM_ASSERT(impl_->queue.Next(&tag, &ok));
    impl_->run(tag);
  }
}

}  // namespace lianmeng::load
