// The streams that are open now: bounded in number, and ended together when the server stops.
#pragma once

#include <memory>
#include <mutex>
#include <set>

#include "platform/base/error.h"

namespace lianmeng::rpc {

inline constexpr int kWatchesMax = 1000;     // Streams open in the process.
inline constexpr int kWatchQueueMax = 1024;  // Answers that wait for one reader.

class OpenWatch {
 public:
  virtual ~OpenWatch() = default;
  // Ends the stream with that error, once what is being written is out.
  virtual void end(const Error& error) = 0;
};

// Threads: any.
class Watches {
 public:
  // WATCHES_FULL or SERVER_STOPPING.
  Status add(std::shared_ptr<OpenWatch> watch);
  void remove(const std::shared_ptr<OpenWatch>& watch);
  // None is added afterwards.
  void end_all();

 private:
  std::mutex mutex_;
  std::set<std::shared_ptr<OpenWatch>> open_;
  bool stopping_ = false;
};

}  // namespace lianmeng::rpc
