// Makes the next segment ready in the background.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "platform/log/embedded/file_ops.h"

namespace lianmeng::log {

// Writes a segment's file with zeros ahead of its use: blocks that are written already cost a sync
// only their data; blocks that are only allocated cost it a commit of the file system's journal
// too. Says nothing of a full disk: the writer meets it when it makes the segment itself.
//
// Threads: start and stop from one thread, want and take from any.
// Lifetime: once started it is stopped before its end.
class SegmentPreparer {
 public:
  SegmentPreparer(std::string folder, std::size_t segment_bytes, FileOps& ops);

  void start();
  // What was made ready and not taken is removed.
  void stop();

  void want(std::uint64_t segment);
  // The file, still under its name with kPreparedSuffix; none when it is not ready, and then it is
  // not wanted any more.
  File take(std::uint64_t segment);

 private:
  void run();
  File prepare(std::uint64_t segment);
  std::string prepared_path(std::uint64_t segment) const;

  const std::string folder_;
  const std::size_t segment_bytes_;
  FileOps& ops_;

  // Guarded by mutex_; a segment's number or 0.
  std::mutex mutex_;
  std::condition_variable called_;
  std::uint64_t wanted_ = 0;
  std::uint64_t prepared_ = 0;
  File file_;
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace lianmeng::log
