#include "chaos/cluster.h"

#include <fmt/format.h>
#include <sys/mount.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "lianmeng/platform/v1/platform_service.pb.h"
#include "platform/base/random.h"
#include "platform/log/kafka/topics.h"
#include "platform/log/topic_rules.h"

namespace lianmeng::chaos {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// Nobody else's: hosts are told apart by it (network.h).
constexpr unsigned kFirstGroup = 61'000;

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message_en);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// Also those of the run before: a test begins with a log of its own.
void make_topics(const std::string& bootstrap) {
  log::KafkaClientConfig brokers;
  brokers.bootstrap_servers = bootstrap;
  const auto admin = must(log::KafkaAdmin::open(brokers));
  const auto rules = log::all_topic_rules(log::Site::kDevelopment);
  for (const auto& each : rules) {
    if (admin->describe(each.topic)) must(admin->remove(each.topic));
  }
  auto plans = must(log::plan_topics(*admin, rules));
  must(log::choose_replication(*admin, log::Site::kDevelopment, std::nullopt, plans));
  must(log::apply_topics(*admin, plans));
}

}  // namespace

std::string Host::address() const { return fmt::format("127.0.0.1:{}", options_.rpc_port); }

void Host::start() {
  auto options = options_;
  options.arguments.insert(options.arguments.end(), told_.begin(), told_.end());
  options.environment = given_;
  server_ = std::make_unique<load::Server>(std::move(options));
}

std::optional<std::vector<std::string>> Host::not_ready() {
  if (!running()) return std::nullopt;
  load::Client client(address(), 1);
  try {
    const auto info = load::ask<platform::v1::GetInfoResponse>(
        client, {.timeout = milliseconds(500)}, platform::v1::GetInfoRequest());
    return std::vector<std::string>(info.not_ready_reasons().begin(),
                                    info.not_ready_reasons().end());
  } catch (const load::CallFailed&) {
    return std::nullopt;
  }
}

bool Host::ready() {
  const auto reasons = not_ready();
  return reasons && reasons->empty();
}

bool Host::stop() {
  ask_to_stop();
  return await_end();
}

bool Host::await_end() { return server_->await_end(milliseconds(30'000)) == 0; }

Cluster::Cluster(const ClusterSettings& settings) : settings_(settings) {
  make_topics(settings.bootstrap);
  unsigned next_group = kFirstGroup;
  for (const std::string service : kServices) {
    std::string peers;
    std::vector<load::ServerOptions> each;
    for (int i = 0; i < settings.hosts; ++i) {
      const auto place = settings.folder / fmt::format("{}-{}", service, i);
      fs::create_directories(place / "disk");
      if (settings.disk_bytes > 0 && std::ranges::find(kLoaded, service) != std::end(kLoaded)) {
        mount_disk(place / "disk");
      }
      each.push_back({.binary = settings.binaries / ("lianmeng-" + service),
                      .data = place / "disk" / "data",
                      .rpc_port = load::free_port(),
                      .ops_port = load::free_port(),
                      .output = place / "output.log",
                      .arguments = {},
                      .environment = {},
                      .group = next_group++});
      peers += fmt::format("{}127.0.0.1:{}", i == 0 ? "" : ",", each.back().rpc_port);
    }
    for (int i = 0; i < settings.hosts; ++i) {
      auto& options = each[static_cast<std::size_t>(i)];
      options.arguments = {"--log.kind=kafka", "--kafka.bootstrap=" + settings.bootstrap,
                           "--kafka.development=true", "--hosts.peers=" + peers,
                           fmt::format("--hosts.ordinal={}", i),
                           fmt::format("--hosts.replicas={}", settings.hosts),
                           // So that restarts find some of it stored, and some not.
                           "--runtime.flush_events=500"};
      if (service != "notification") {
        options.arguments.push_back("--seal.master_key_file=" +
                                    (settings.folder / "master.key").string());
      }
      hosts_.emplace_back(service, i, std::move(options));
    }
  }
}

Cluster::~Cluster() {
  hosts_.clear();
  for (const auto& place : mounted_) ::umount2(place.c_str(), MNT_DETACH);
}

void Cluster::mount_disk(const fs::path& place) {
  const auto size = fmt::format("size={}", settings_.disk_bytes);
  if (::mount("lianmeng-chaos", place.c_str(), "tmpfs", 0, size.c_str()) != 0) {
    throw std::runtime_error(place.string() + " cannot be mounted; run it as root");
  }
  mounted_.push_back(place);
}

void Cluster::start() {
  for (auto& host : hosts_) host.start();
  for (auto& host : hosts_) host.process().await_ready(milliseconds(60'000));
}

Host& Cluster::host(const std::string& service, int ordinal) {
  for (auto& host : hosts_) {
    if (host.service() == service && host.ordinal() == ordinal) return host;
  }
  throw std::runtime_error(fmt::format("there is no {}-{}", service, ordinal));
}

std::vector<load::Addresses> Cluster::channels() const {
  std::vector<load::Addresses> channels;
  for (int ordinal = 0; ordinal < settings_.hosts; ++ordinal) channels.push_back(only(ordinal));
  return channels;
}

load::Addresses Cluster::only(int ordinal) const {
  load::Addresses addresses;
  for (const auto& host : hosts_) {
    if (host.ordinal() != ordinal) continue;
    if (host.service() == "membership") addresses.membership = host.address();
    if (host.service() == "dispatch") addresses.dispatch = host.address();
    if (host.service() == "notification") addresses.notification = host.address();
  }
  return addresses;
}

bool Cluster::all_ready() {
  return std::all_of(hosts_.begin(), hosts_.end(), [](Host& host) { return host.ready(); });
}

std::vector<std::string> Cluster::positions() {
  std::vector<std::string> positions;
  for (auto& host : hosts_) {
    load::Client client(host.address(), 1);
    const auto info =
        load::ask<platform::v1::GetInfoResponse>(client, {}, platform::v1::GetInfoRequest());
    for (const auto& service : info.services()) {
      for (const auto& partition : service.partitions()) {
        positions.push_back(fmt::format("{} {}/{} {}", host.ordinal(), service.name(),
                                        partition.partition(), partition.sequence()));
      }
    }
  }
  return positions;
}

}  // namespace lianmeng::chaos
