#include "platform/process/checkpoints.h"

#include <fmt/format.h>
#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "platform/base/ids.h"
#include "platform/checkpoint/taker.h"

namespace lianmeng::process {
namespace {

// A peer that does not take a connection by then is not asked: it is down, or starts as we do.
constexpr std::chrono::milliseconds kConnectMax{1'000};
constexpr double kMiB = 1024.0 * 1024.0;

std::map<std::string, checkpoint::Peer> connect(const CheckpointPlan& plan) {
  std::map<std::string, checkpoint::Peer> peers;
  for (const auto& peer : plan.hosts.peers) {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    // A peer that dies in the middle is left within seconds.
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 2'000);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 2'000);
    auto channel = grpc::CreateCustomChannel(
        peer.address, plan.credentials ? plan.credentials : grpc::InsecureChannelCredentials(),
        arguments);
    if (!channel->WaitForConnected(std::chrono::system_clock::now() + kConnectMax)) continue;
    peers.emplace(peer.name, checkpoint::Peer{peer.name, std::move(channel)});
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
  const auto connected = connect(plan);
  if (connected.empty()) return;

  int taken = 0;
  std::uint64_t bytes = 0;
  for (const auto& each : wanted) {
    if (stop.stop_requested()) return;
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
    } else if (status.error().reason != "CHECKPOINT_MISSING") {
      say(fmt::format("{}/{} takes no state from its peers and folds the log anew: {}",
                      each.service, each.partition, status.error().message_en));
    }
  }
  if (taken == 0) return;
  say(
      fmt::format("took the state of {} of {} partitions from peers, {:.1f} MiB; the log's tail is "
                  "next",
                  taken, wanted.size(), static_cast<double>(bytes) / kMiB));
}

}  // namespace lianmeng::process
