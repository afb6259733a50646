// Every service as two or more real processes on real brokers.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "chaos/network.h"
#include "load/client.h"
#include "load/process.h"

namespace lianmeng::chaos {

inline constexpr const char* kServices[] = {"membership", "dispatch", "notification"};
// Those that work under the load: commands go to dispatch, and notification's policy follows it.
inline constexpr const char* kLoaded[] = {"dispatch", "notification"};

struct ClusterSettings {
  std::filesystem::path binaries;  // The folder of lianmeng-dispatch and the others.
  std::filesystem::path folder;    // Of data, output and the master key.
  std::string bootstrap;           // Of the brokers.
  int hosts = 2;                   // Of each service; each hosts every partition.
  // Each host of kLoaded has a file system of this size for its data; 0: none.
  std::uint64_t disk_bytes = 0;
};

// One host of a service.
class Host {
 public:
  Host(std::string service, int ordinal, load::ServerOptions options)
      : service_(std::move(service)), ordinal_(ordinal), options_(std::move(options)) {}

  std::string name() const { return service_ + "-" + std::to_string(ordinal_); }
  const std::string& service() const { return service_; }
  int ordinal() const { return ordinal_; }
  const load::ServerOptions& options() const { return options_; }
  Party party() const { return {options_.group, options_.rpc_port}; }
  std::string address() const;
  // What it is told at its next start beside its options.
  void tell(std::vector<std::string> arguments) { told_ = std::move(arguments); }
  void give(std::vector<std::string> environment) { given_ = std::move(environment); }

  void start();
  bool running() { return server_ && server_->running(); }
  // Why it does not serve, as it says; nothing when it says nothing.
  std::optional<std::vector<std::string>> not_ready();
  bool ready();
  load::Server& process() { return *server_; }
  // SIGTERM; false when it did not end in good order.
  bool stop();
  void ask_to_stop() { process().ask_to_stop(); }
  // Likewise, of one that was asked to stop.
  bool await_end();

 private:
  const std::string service_;
  const int ordinal_;
  const load::ServerOptions options_;
  std::vector<std::string> told_;
  std::vector<std::string> given_;
  std::unique_ptr<load::Server> server_;
};

// Threads: one. Lifetime: the destructor kills what runs.
class Cluster {
 public:
  // Makes the topics anew. Throws std::runtime_error.
  explicit Cluster(const ClusterSettings& settings);
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  void start();
  std::vector<Host>& hosts() { return hosts_; }
  Host& host(const std::string& service, int ordinal);
  // A channel for each ordinal, to its hosts alone: one that goes elsewhere while a host is away
  // does not come back, and that host has nothing to do from then on.
  std::vector<load::Addresses> channels() const;
  // That host alone, of each service.
  load::Addresses only(int ordinal) const;
  bool all_ready();
  // Events of each partition of each host, as it says: equal when all are as far.
  std::vector<std::string> positions();

 private:
  void mount_disk(const std::filesystem::path& place);

  const ClusterSettings settings_;
  std::vector<Host> hosts_;
  std::vector<std::filesystem::path> mounted_;
};

}  // namespace lianmeng::chaos
