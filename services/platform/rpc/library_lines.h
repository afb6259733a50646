// What gRPC itself has to say, as lines of the process' log. A peer whose certificate is not taken
// tries again four times a second, and anybody may knock at the port: so a place in gRPC's code is
// heard once a minute, with the number of lines that were left out since.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "platform/base/time.h"

namespace lianmeng::rpc {

// Threads: any.
class LibraryLines {
 public:
  explicit LibraryLines(Duration quiet) : quiet_(quiet) {}

  // Whether a line of this place is to be written now: how many were left out before it.
  std::optional<std::uint64_t> take(const std::string& file, int line, SteadyTime now);

 private:
  struct Place {
    SteadyTime written;
    std::uint64_t left_out = 0;
  };

  const Duration quiet_;
  std::mutex mutex_;
  std::map<std::pair<std::string, int>, Place> places_;  // Guarded by mutex_; as many as gRPC has.
};

// From now on gRPC writes there; of the whole process.
void log_lines_of_grpc();

// While it lives, gRPC's lines of this thread are dropped: what it says of a port that it cannot
// have GrpcServer::start says in one sentence.
class WithoutLibraryLines {
 public:
  WithoutLibraryLines();
  ~WithoutLibraryLines();
  WithoutLibraryLines(const WithoutLibraryLines&) = delete;
  WithoutLibraryLines& operator=(const WithoutLibraryLines&) = delete;
};

}  // namespace lianmeng::rpc
