#include "chaos/network.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <net/if.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace lianmeng::chaos {
namespace {

constexpr const char* kTable = "inet lianmeng_chaos";

void nft(const std::string& rule) {
  if (std::system(fmt::format("nft '{}'", rule).c_str()) != 0) {
    throw std::runtime_error("nft refuses: " + rule);
  }
}

std::string told(const std::string& question) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(
      ::popen(fmt::format("nft '{}'", question).c_str(), "r"), ::pclose);
  std::string text;
  char piece[4096];
  while (pipe && std::fgets(piece, sizeof piece, pipe.get()) != nullptr) text += piece;
  if (text.empty()) throw std::runtime_error("nft does not answer: " + question);
  return text;
}

bool only_loopback() {
  auto* const all = ::if_nameindex();
  if (all == nullptr) return false;
  bool only = true;
  for (const auto* each = all; each->if_index != 0; ++each) {
    only = only && std::string_view(each->if_name) == "lo";
  }
  ::if_freenameindex(all);
  return only;
}

template <class T>
std::string set_of(const std::vector<T>& values) {
  return fmt::format("{{ {} }}", fmt::join(values, ", "));
}

}  // namespace

Network::Network(std::vector<int> broker_ports, const std::vector<unsigned>& groups)
    : broker_ports_(std::move(broker_ports)) {
  if (!only_loopback()) {
    throw std::runtime_error("this is the machine's own network: run it as tests/chaos/run does");
  }
  nft(fmt::format("add table {}", kTable));
  // A connection is marked by the group that opens it; so the packets of the other side, which
  // belong to no group of its, are known too.
  nft(fmt::format("add chain {} opened {{ type filter hook output priority -10; }}", kTable));
  for (const auto group : groups) {
    nft(fmt::format("add rule {} opened ct direction original meta skgid {} ct mark set {}", kTable,
                    group, group));
  }
  nft(fmt::format("add chain {} lost {{ type filter hook output priority 0; }}", kTable));
}

Network::~Network() { std::system(fmt::format("nft 'delete table {}'", kTable).c_str()); }

void Network::cut(const Party& host, const std::vector<Party>& peers, From from, Way way) {
  std::vector<int> ports;
  std::vector<unsigned> groups;
  for (const auto& peer : peers) {
    ports.push_back(peer.port);
    groups.push_back(peer.group);
  }
  const auto drop = [](const std::string& what) {
    nft(fmt::format("add rule {} lost {} counter drop", kTable, what));
  };
  const bool out = way != Way::kIn;
  const bool in = way != Way::kOut;
  if (from != From::kPeers) {
    const auto brokers = set_of(broker_ports_);
    if (out) drop(fmt::format("meta skgid {} tcp dport {}", host.group, brokers));
    if (in) drop(fmt::format("ct mark {} tcp sport {}", host.group, brokers));
  }
  if (from == From::kBrokers) return;
  if (out) {
    drop(fmt::format("meta skgid {} tcp dport {}", host.group, set_of(ports)));
    drop(fmt::format("meta skgid {} tcp sport {} ct mark {}", host.group, host.port,
                     set_of(groups)));
  }
  if (in) {
    drop(fmt::format("meta skgid {} tcp dport {}", set_of(groups), host.port));
    drop(fmt::format("ct mark {} tcp sport {}", host.group, set_of(ports)));
  }
}

std::uint64_t Network::heal() {
  const auto rules = told(fmt::format("list chain {} lost", kTable));
  nft(fmt::format("flush chain {} lost", kTable));
  // "… counter packets 12 bytes 3456 drop"
  constexpr std::string_view kCount = "counter packets ";
  std::uint64_t lost = 0;
  for (auto at = rules.find(kCount); at != std::string::npos; at = rules.find(kCount, at + 1)) {
    lost += std::stoull(rules.substr(at + kCount.size()));
  }
  return lost;
}

}  // namespace lianmeng::chaos
