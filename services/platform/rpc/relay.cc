#include "platform/rpc/relay.h"

#include <fmt/format.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>
#include <grpcpp/support/client_callback.h>

#include <algorithm>
#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <thread>

#include "platform/base/assert.h"
#include "platform/rpc/metadata.h"
#include "platform/rpc/reasons.h"
#include "platform/rpc/status.h"

namespace lianmeng::rpc {
namespace {

using Fate = RelayAnswer::Fate;

// Between looks at the peers.
constexpr std::chrono::milliseconds kTick{50};
// Of one answer of a peer's: far above what clients take (4 MiB, unless they say otherwise).
constexpr int kAnswerBytesMax = 64 * 1024 * 1024;

grpc::ByteBuffer to_buffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

std::string to_bytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  bytes.reserve(buffer.Length());
  for (const auto& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

// A dead peer is noticed by its connection's end or, when it says nothing at all, by a ping; one
// that is back is found again at once.
std::shared_ptr<grpc::Channel> connect(
    const std::string& address, const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 300);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 500);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 500);  // Also how long a connect may take.
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 250);
  // What was sent once is never sent again behind our back.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);
  arguments.SetMaxReceiveMessageSize(kAnswerBytesMax);
  return grpc::CreateCustomChannel(
      address, credentials ? credentials : grpc::InsecureChannelCredentials(), arguments);
}

void fill(grpc::ClientContext& context, const OutgoingCall& call, SteadyTime now) {
  const auto add = [&](std::string_view key, const std::string& value) {
    context.AddMetadata(std::string(key), value);
  };
  add(kActorKey, call.actor);
  if (!call.authorization.empty()) add(kAuthorizationKey, call.authorization);
  add(kHopsKey, std::to_string(call.hops));
  add(kTraceparentKey, call.traceparent);
  if (call.repeat) add(kAttemptKey, "2");
  if (call.staleness) add(kStalenessKey, std::to_string(call.staleness->count()));
  if (call.deadline != SteadyTime::max()) {
    context.set_deadline(
        std::chrono::system_clock::now() +
        std::chrono::duration_cast<std::chrono::system_clock::duration>(call.deadline - now));
  }
}

// A code that gRPC does not have, which it lets through, is as good as none.
WireStatus to_wire(const grpc::Status& status) {
  const int code = status.error_code();
  const bool known = code >= grpc::StatusCode::OK && code <= grpc::StatusCode::UNAUTHENTICATED;
  return {known ? code : grpc::StatusCode::UNKNOWN, status.error_message(), status.error_details()};
}

// What a status says of the call. A host's own refusals carry details; without them it is gRPC that
// speaks, which may have sent the call or not. That the caller's time is over says nothing of the
// host.
Fate judge(const grpc::Status& status, const std::string& fate) {
  if (fate == kFateNotTaken) return Fate::kNotTaken;
  if (fate == kFateUnknown) return Fate::kUnknown;
  if (status.ok() || !status.error_details().empty()) return Fate::kAnswered;
  switch (status.error_code()) {
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return Fate::kAnswered;
    case grpc::StatusCode::UNIMPLEMENTED:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return Fate::kAnswered;  // Of another version, or too large for it: it was not decided.
    default:
      return Fate::kUnknown;
  }
}

// What the trailers of an answered call say of its fate.
std::string fate_in(const grpc::ClientContext& context) {
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto found = trailers.find({kFateKey.data(), kFateKey.size()});
  return found == trailers.end() ? "" : std::string(found->second.data(), found->second.size());
}

}  // namespace

struct Relay::Peer {
  RelayPeer of;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<grpc::GenericStub> stub;
  std::atomic<SteadyTime> answered{SteadyTime::min()};
  // Gave no answer when it was last asked.
  std::atomic<bool> suspect{false};
  std::list<std::shared_ptr<Sent>> on_way;  // Guarded by Impl::mutex.

  bool connected() const { return channel->GetState(true) == GRPC_CHANNEL_READY; }
};

// One call on its way to one peer.
struct Relay::Sent {
  Peer* peer = nullptr;
  std::list<std::shared_ptr<Sent>>::iterator at;  // In the peer's list; guarded by Impl::mutex.
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
  SteadyTime sent;
  bool patient = false;  // There is nobody else to ask.
  std::atomic<bool> given_up{false};
  RelayDone done;
};

// One call on its way through the hosts that may take it.
struct Relay::Tour {
  std::vector<std::string> hosts;
  std::size_t next = 0;
  OutgoingCall call;
  bool may_repeat = false;
  bool unknown = false;
  SteadyTime search_until;
  RelayDone done;
};

struct Relay::Impl : std::enable_shared_from_this<Relay::Impl> {
  Impl(RelayConfig given, Clock& clock, obs::Metrics& metrics)
      : config(std::move(given)), clock(clock) {
    const std::string help = "Calls handed to another pod, by what became of them.";
    for (const auto* outcome : {"answered", "not_taken", "unknown"}) {
      outcomes.push_back(
          metrics.counter("lianmeng_rpc_forwarded_total", help, {{"outcome", outcome}}));
    }
    connected = metrics.gauge("lianmeng_rpc_peers_connected",
                              "Other pods of this process's services that it is connected with.");
    metrics.gauge("lianmeng_rpc_peers", "Other pods of this process's services.")
        .set(static_cast<double>(config.peers.size()));
    for (const auto& each : config.peers) {
      auto peer = std::make_unique<Peer>();
      peer->of = each;
      peer->channel = connect(each.address, config.credentials);
      peer->stub = std::make_unique<grpc::GenericStub>(peer->channel);
      peers.emplace(each.name, std::move(peer));
    }
  }

  Peer* find(const std::string& host) {
    const auto found = peers.find(host);
    return found == peers.end() ? nullptr : found->second.get();
  }

  void send(const std::string& host, OutgoingCall call, bool patient, RelayDone done);
  void finish(const std::shared_ptr<Sent>& sent, const grpc::Status& status);
  void step(const std::shared_ptr<Tour>& tour);
  void look();
  void run();

  const RelayConfig config;
  Clock& clock;
  std::vector<obs::Counter> outcomes;  // By Fate.
  obs::Gauge connected;
  std::map<std::string, std::unique_ptr<Peer>, std::less<>> peers;  // Fixed.

  std::mutex mutex;
  std::condition_variable changed;
  std::size_t on_way = 0;                        // Guarded by mutex, as the rest.
  std::vector<std::shared_ptr<Tour>> searching;  // Nobody answered: again at the next look.
  bool stopping = false;
  bool ended = false;
  std::thread thread;
};

Relay::Relay(RelayConfig config, Clock& clock, obs::Metrics& metrics)
    : impl_(std::make_shared<Impl>(std::move(config), clock, metrics)) {
  impl_->stopping = impl_->peers.empty();
  if (!impl_->stopping) impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
}

Relay::~Relay() {
  stop();
  {
    std::unique_lock lock(impl_->mutex);
    impl_->changed.wait(lock, [&] { return impl_->on_way == 0 && impl_->searching.empty(); });
    impl_->ended = true;
  }
  impl_->changed.notify_all();
  if (impl_->thread.joinable()) impl_->thread.join();
}

void Relay::stop() {
  const std::lock_guard lock(impl_->mutex);
  impl_->stopping = true;
}

void Relay::send(const std::string& host, OutgoingCall call, RelayDone done) {
  impl_->send(host, std::move(call), false, std::move(done));
}

void Relay::Impl::send(const std::string& host, OutgoingCall call, bool patient, RelayDone done) {
  auto* peer = find(host);
  if (peer == nullptr || !peer->connected()) {
    outcomes[static_cast<std::size_t>(Fate::kNotTaken)].add();
    return done({Fate::kNotTaken, {}, {}});
  }
  auto sent = std::make_shared<Sent>();
  sent->peer = peer;
  sent->request = to_buffer(call.request);
  sent->patient = patient;
  sent->done = std::move(done);
  sent->sent = clock.steady();
  fill(sent->context, call, sent->sent);
  std::optional<RelayAnswer> refused;
  {
    const std::lock_guard lock(mutex);
    if (stopping) {
      refused = RelayAnswer{Fate::kNotTaken, {}, {}};
    } else if (on_way >= config.calls_max) {
      refused = RelayAnswer{Fate::kAnswered, to_wire(to_grpc(to_error(refuse(kForwardsFull)))), {}};
    } else {
      ++on_way;
      sent->at = peer->on_way.insert(peer->on_way.end(), sent);
    }
  }
  if (refused) return sent->done(std::move(*refused));
  peer->stub->UnaryCall(&sent->context, call.path, {}, &sent->request, &sent->response,
                        [self = shared_from_this(), sent](const grpc::Status& status) {
                          self->finish(sent, status);
                        });
}

void Relay::Impl::finish(const std::shared_ptr<Sent>& sent, const grpc::Status& status) {
  RelayAnswer answer;
  answer.fate = judge(status, fate_in(sent->context));
  if (answer.fate == Fate::kAnswered) {
    answer.status = to_wire(status);
    if (status.ok()) answer.response = to_bytes(sent->response);
  }
  if (status.error_code() != grpc::StatusCode::DEADLINE_EXCEEDED) {
    const bool answered = answer.fate == Fate::kAnswered;
    if (answered) sent->peer->answered = clock.steady();
    sent->peer->suspect = !answered;
  }
  outcomes[static_cast<std::size_t>(answer.fate)].add();
  {
    const std::lock_guard lock(mutex);
    sent->peer->on_way.erase(sent->at);
  }
  sent->done(std::move(answer));
  sent->done = nullptr;
  const std::lock_guard lock(mutex);
  --on_way;
  if (stopping) changed.notify_all();
}

void Relay::send_to_any(std::vector<std::string> hosts, OutgoingCall call, bool may_repeat,
                        bool search, RelayDone done) {
  std::ranges::stable_partition(hosts, [&](const std::string& host) {
    const auto* peer = impl_->find(host);
    return peer != nullptr && !peer->suspect;
  });
  auto tour = std::make_shared<Tour>();
  tour->hosts = std::move(hosts);
  tour->call = std::move(call);
  tour->may_repeat = may_repeat;
  const auto now = impl_->clock.steady();
  tour->search_until =
      search ? std::min(now + impl_->config.search, tour->call.deadline) : SteadyTime::min();
  tour->done = std::move(done);
  impl_->step(tour);
}

void Relay::Impl::step(const std::shared_ptr<Tour>& tour) {
  if (tour->next < tour->hosts.size()) {
    const auto& host = tour->hosts[tour->next++];
    const bool last = tour->next == tour->hosts.size() && tour->search_until != SteadyTime::min();
    return send(host, tour->call, last, [self = shared_from_this(), tour](RelayAnswer answer) {
      if (answer.fate == Fate::kAnswered) return tour->done(std::move(answer));
      if (answer.fate == Fate::kUnknown) {
        tour->unknown = true;
        if (!tour->may_repeat) return tour->done(std::move(answer));
        tour->call.repeat = true;
      }
      // The next one need not find out for itself that this one does not answer.
      tour->call.hops = kHopsMax;
      self->step(tour);
    });
  }
  if (clock.steady() < tour->search_until) {
    const std::lock_guard lock(mutex);
    if (!stopping) {
      tour->next = 0;
      searching.push_back(tour);
      return;
    }
  }
  tour->done({tour->unknown ? Fate::kUnknown : Fate::kNotTaken, {}, {}});
}

// Keeps the connections up, gives up what is not answered, and sends again what found nobody.
void Relay::Impl::look() {
  std::vector<std::shared_ptr<Sent>> silent;
  std::vector<std::shared_ptr<Tour>> again;
  int up = 0;
  const auto now = clock.steady();
  for (auto& [name, peer] : peers) {
    if (peer->connected()) ++up;
  }
  connected.set(up);
  {
    const std::lock_guard lock(mutex);
    for (auto& [name, peer] : peers) {
      for (auto& sent : peer->on_way) {
        if (sent->patient && !stopping) continue;
        const auto heard = std::max(sent->sent, peer->answered.load());
        if (now - heard > config.silence) silent.push_back(sent);
      }
    }
    again.swap(searching);
  }
  // Outside the lock, since what they end in may come inside.
  for (auto& sent : silent) {
    if (!sent->given_up.exchange(true)) sent->context.TryCancel();
  }
  for (auto& tour : again) step(tour);
  const std::lock_guard lock(mutex);
  if (stopping) changed.notify_all();
}

void Relay::Impl::run() {
  while (true) {
    {
      std::unique_lock lock(mutex);
      changed.wait_for(lock, kTick, [&] { return ended; });
      if (ended) return;
    }
    look();
  }
}

// From one host after the other until one takes it; then one message after another is handed on.
class Relay::Stream final : public RelayStream {
 public:
  Stream(std::vector<Peer*> peers, OutgoingCall call, std::shared_ptr<RelaySink> sink, Clock& clock)
      : tour_(std::make_shared<Tour>(std::move(peers), std::move(call), std::move(sink), clock)) {
    tour_->step(tour_);
  }
  ~Stream() override {
    const std::lock_guard lock(tour_->mutex);
    tour_->ended = true;
    if (tour_->reader) tour_->reader->context.TryCancel();
  }

 private:
  struct Reader;
  struct Tour {
    Tour(std::vector<Peer*> peers, OutgoingCall call, std::shared_ptr<RelaySink> sink, Clock& clock)
        : peers(std::move(peers)), call(std::move(call)), sink(std::move(sink)), clock(clock) {}

    void step(const std::shared_ptr<Tour>& self) {
      std::shared_ptr<Reader> next;
      {
        const std::lock_guard lock(mutex);
        while (!ended && at < peers.size() && !peers[at]->connected()) ++at;
        if (!ended && at < peers.size()) {
          auto& peer = *peers[at++];
          next = reader = std::make_shared<Reader>(self, call);
          fill(next->context, call, clock.steady());
          peer.stub->PrepareBidiStreamingCall(&next->context, call.path, {}, next.get());
          call.hops = kHopsMax;  // The next one need not ask the others again.
        }
      }
      if (next == nullptr) return sink->on_unanswered();
      next->begin(next);
    }

    const std::vector<Peer*> peers;
    OutgoingCall call;
    const std::shared_ptr<RelaySink> sink;
    Clock& clock;
    std::mutex mutex;
    std::size_t at = 0;              // Guarded by mutex, as the rest.
    std::shared_ptr<Reader> reader;  // The one under way.
    bool ended = false;
  };
  struct Reader final : grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
    Reader(std::shared_ptr<Tour> of, const OutgoingCall& call)
        : tour(std::move(of)), request(to_buffer(call.request)) {}

    void begin(std::shared_ptr<Reader> shared) {
      self = std::move(shared);
      StartWriteLast(&request, grpc::WriteOptions());
      StartRead(&message);
      StartCall();
    }
    void OnReadInitialMetadataDone(bool ok) override {
      opened = ok;
      if (ok) tour->sink->on_open();
    }
    void OnReadDone(bool ok) override {
      if (!ok) return;
      if (tour->sink->on_message(to_bytes(message))) {
        StartRead(&message);
      } else {
        context.TryCancel();
      }
    }
    void OnDone(const grpc::Status& status) override {
      const auto last = std::move(self);
      const auto of = std::move(tour);
      if (opened || judge(status, fate_in(context)) == Fate::kAnswered) {
        of->sink->on_end(to_wire(status));
      } else {
        of->step(of);
      }
    }

    std::shared_ptr<Tour> tour;
    grpc::ClientContext context;
    grpc::ByteBuffer request;
    grpc::ByteBuffer message;
    bool opened = false;
    std::shared_ptr<Reader> self;  // gRPC's share, until OnDone.
  };

  const std::shared_ptr<Tour> tour_;
};

std::unique_ptr<RelayStream> Relay::stream(const std::vector<std::string>& hosts, OutgoingCall call,
                                           std::shared_ptr<RelaySink> sink) {
  std::vector<Peer*> peers;
  for (const auto& host : hosts) {
    if (auto* peer = impl_->find(host)) peers.push_back(peer);
  }
  return std::make_unique<Stream>(std::move(peers), std::move(call), std::move(sink), impl_->clock);
}

}  // namespace lianmeng::rpc
