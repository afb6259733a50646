#include "platform/process/checkpoints.h"

#include <fmt/format.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "lianmeng/platform/v1/platform_service.grpc.pb.h"
#include "platform/base/ids.h"
#include "platform/checkpoint/taker.h"

namespace lianmeng::process {
namespace {

// Peers that take no connection by then are not asked: they are down, or start as we do.
constexpr std::chrono::milliseconds kConnectMax{1'000};
// A server that refuses a certificate ends the connection without a word (gRPC 1.51).
constexpr const char* kAskThePeer =
    "; where it is this pod's certificate that the peer's tls.ca_file does not vouch for, only the "
    "peer's log says so";
constexpr double kMiB = 1024.0 * 1024.0;
// The names of a checkpoint's files; the files themselves come in pieces of 256 KiB.
constexpr int kAnswerBytesMax = 16 * 1024 * 1024;

// Not OK: why there is no connection, in gRPC's words. A refused port, a certificate that one of
// the two does not trust.
grpc::Status reach(const std::shared_ptr<grpc::Channel>& channel,
                   std::chrono::system_clock::time_point until) {
  if (channel->WaitForConnected(until)) return {};
  const auto stub = platform::v1::PlatformService::NewStub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kConnectMax);
  platform::v1::PingResponse response;
  return stub->Ping(&context, {}, &response);
}

std::map<std::string, checkpoint::Peer> connect(
    const CheckpointPlan& plan, const std::function<void(const std::string&)>& say) {
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (const auto& peer : plan.hosts.peers) {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(kAnswerBytesMax);
    // A peer that dies in the middle is left within seconds.
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 2'000);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 2'000);
    channels.push_back(grpc::CreateCustomChannel(
        peer.address, plan.credentials ? plan.credentials : grpc::InsecureChannelCredentials(),
        arguments));
    channels.back()->GetState(true);  // All at the same time.
  }
  const auto until = std::chrono::system_clock::now() + kConnectMax;
  std::map<std::string, checkpoint::Peer> peers;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const auto& peer = plan.hosts.peers[i];
    const auto status = reach(channels[i], until);
    if (status.ok()) {
      peers.emplace(peer.name, checkpoint::Peer{peer.name, channels[i]});
      continue;
    }
    say(fmt::format(
        "{} ({}) is not asked for the state of its partitions, since no connection comes "
        "about: {}{}",
        peer.name, peer.address, status.error_message(), plan.credentials ? kAskThePeer : ""));
  }
  return peers;
}

std::vector<checkpoint::Peer> peers_of(const runtime::Hosting& hosting, int partition,
                                       const std::map<std::string, checkpoint::Peer>& connected) {
  std::vector<checkpoint::Peer> peers;
  for (const int pod : hosting.hosts_of(partition)) {
    const auto found = connected.find(hosting.name_of(pod));
    if (found != connected.end()) peers.push_back(found->second);
  }
  return peers;
}

bool hosts(const runtime::Hosting& hosting, int partition) {
  const auto pods = hosting.hosts_of(partition);
  return std::ranges::find(pods, hosting.ordinal) != pods.end();
}

}  // namespace

void take_missing_checkpoints(store::Store& store, const CheckpointPlan& plan,
                              const std::function<void(std::string)>& tell,
                              const std::function<void(const std::string&)>& say,
                              const std::stop_token& stop) {
  std::vector<checkpoint::Wanted> wanted;
  for (const auto* fold : plan.folds) {
    const std::string service(fold->service());
    for (int p = 0; p < kPartitions; ++p) {
      if (!hosts(plan.hosts.hosting, p) || store.has(service, p)) continue;
      wanted.push_back({service, p, fold->version()});
    }
  }
  if (wanted.empty() || plan.hosts.peers.empty()) return;
  tell(fmt::format("asking peers for the state of {} partitions", wanted.size()));
  const auto connected = connect(plan, say);
  std::size_t taken = 0;
  std::uint64_t bytes = 0;
  for (const auto& each : wanted) {
    if (stop.stop_requested() || connected.empty()) break;
    std::uint64_t of_this = 0;
    const auto status = checkpoint::take_checkpoint(
        store, each, peers_of(plan.hosts.hosting, each.partition, connected), plan.folder,
        [&](const checkpoint::Progress& progress) {
          of_this = progress.bytes;
          tell(
              fmt::format("taking the state of {}/{} from {}: {:.1f} of {:.1f} MiB; {} of {} "
                          "partitions are here",
                          each.service, each.partition, progress.peer,
                          static_cast<double>(progress.bytes) / kMiB,
                          static_cast<double>(progress.bytes_all) / kMiB, taken, wanted.size()));
        },
        stop);
    if (status) {
      ++taken;
      bytes += of_this;
      plan.meters.taken.add();
      plan.meters.taken_bytes.add(static_cast<double>(of_this));
    } else if (status.error().reason != "CHECKPOINT_MISSING") {
      say(fmt::format("{}/{} takes no state from its peers and folds the log anew: {}",
                      each.service, each.partition, status.error().message_en));
    }
  }
  plan.meters.left_to_log.add(static_cast<double>(wanted.size() - taken));
  if (taken == 0) return;
  say(
      fmt::format("took the state of {} of {} partitions from peers, {:.1f} MiB; the log's tail is "
                  "next",
                  taken, wanted.size(), static_cast<double>(bytes) / kMiB));
}

}  // namespace lianmeng::process
