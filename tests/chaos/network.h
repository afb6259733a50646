// Cuts a host off, by packet filter rules in a network namespace of the test's own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lianmeng::chaos {

// Hosts are told apart by the group that their process runs under.
struct Party {
  unsigned group = 0;
  int port = 0;  // Where it listens.
};

enum class From { kBrokers, kPeers, kAll };
enum class Way { kOut, kIn, kBoth };  // Packets that it sends, that are sent to it.

// Threads: one. Throws std::runtime_error when the rules cannot be made, and when this is the
// machine's own network.
class Network {
 public:
  // Before the hosts of these groups open their connections.
  Network(std::vector<int> broker_ports, const std::vector<unsigned>& groups);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  void cut(const Party& host, const std::vector<Party>& peers, From from, Way way);
  // How many packets were lost since cut(): with none, nobody was cut off from anything.
  std::uint64_t heal();

 private:
  const std::vector<int> broker_ports_;
};

}  // namespace lianmeng::chaos
