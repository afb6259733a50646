// Calls to the other pods of this process's services: what this pod does not host, or what a
// standby hands to the acting host.
//
// One connection a peer, kept up all the time, so that a peer that is gone is known before a call
// needs it. A call goes only to a peer that is connected; otherwise it was not delivered, for sure.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/error.h"
#include "platform/base/time.h"
#include "platform/obs/metrics.h"
#include "platform/rpc/wire_status.h"

namespace grpc {
class ChannelCredentials;
}  // namespace grpc

namespace lianmeng::rpc {

// A call as it goes on: message and metadata.
struct OutgoingCall {
  std::string path;  // "/lianmeng.dispatch.v1.DispatchService/TakeDemand"
  std::string request;
  std::string actor;
  // As it came: the next pod checks the token itself, and no pod vouches for anybody.
  std::string authorization;
  std::string traceparent;
  std::optional<Duration> staleness;
  bool repeat = false;
  int hops = 0;
  SteadyTime deadline{SteadyTime::max()};
};

struct RelayAnswer {
  enum class Fate {
    kAnswered,  // By the other host: `status`, and `response` when that is OK.
    kNotTaken,  // It did not reach a host that could decide it.
    kUnknown,   // No answer came; it may have been done.
  };
  Fate fate = Fate::kNotTaken;
  WireStatus status;
  std::string response;
};
using RelayDone = std::function<void(RelayAnswer)>;

// What a stream from another host is told. Threads: one call at a time, on gRPC's.
class RelaySink {
 public:
  virtual ~RelaySink() = default;
  // The other host watches.
  virtual void on_open() = 0;
  // False: no more is wanted.
  virtual bool on_message(const std::string& message) = 0;
  // The last call is one of these. By the host that watched, or that refused:
  virtual void on_end(const WireStatus& status) = 0;
  // None of the hosts took it.
  virtual void on_unanswered() = 0;
};

// Ends when it is destroyed: on_end may come even then, and nothing after it.
class RelayStream {
 public:
  virtual ~RelayStream() = default;
};

struct RelayPeer {
  std::string name;     // As hosts are called: "dispatch-3".
  std::string address;  // "127.0.0.1:50054"
};

struct RelayConfig {
  std::vector<RelayPeer> peers;  // Without this pod.
  // A peer that answers nothing at all for so long, though it was asked, does not answer: what it
  // was asked is given up, its fate unknown. Below the takeover time.
  Duration silence{600};
  // How long a call goes on looking for a host when none answers.
  Duration search{2'000};
  std::size_t calls_max = 20'000;  // On their way; the next one is BUSY.
  std::shared_ptr<grpc::ChannelCredentials> credentials = nullptr;  // Null: in the clear.
};

// Threads: any; none of these blocks, and `done` comes on a thread of gRPC, of the relay, or inside
// the call. Lifetime: borrows clock and metrics; outlives the calls that it was given.
class Relay {
 public:
  Relay(RelayConfig config, Clock& clock, obs::Metrics& metrics);
  // Waits for what is on its way.
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  // To that host, once.
  void send(const std::string& host, OutgoingCall call, RelayDone done);
  // To these in their order until one answers, those first that answered lately. `may_repeat`: also
  // to the next one after one whose fate is unknown. `search`: looks again for a while when nobody
  // answers.
  void send_to_any(std::vector<std::string> hosts, OutgoingCall call, bool may_repeat, bool search,
                   RelayDone done);
  // A server stream from the first of these that takes it. The sink may be told inside the call.
  std::unique_ptr<RelayStream> stream(const std::vector<std::string>& hosts, OutgoingCall call,
                                      std::shared_ptr<RelaySink> sink);
  // The process is stopping: nothing more is sent, and no answer is waited for longer than
  // `silence`.
  void stop();

 private:
  struct Peer;
  struct Sent;
  struct Tour;
  class Stream;
  struct Impl;

  std::shared_ptr<Impl> impl_;
};

}  // namespace lianmeng::rpc
