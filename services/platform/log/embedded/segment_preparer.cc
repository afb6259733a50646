#include "platform/log/embedded/segment_preparer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "platform/log/embedded/segment_files.h"

namespace lianmeng::log {
namespace {

constexpr std::size_t kPrepareStep = 1024 * 1024;

using Lock = std::unique_lock<std::mutex>;

}  // namespace

SegmentPreparer::SegmentPreparer(std::string folder, std::size_t segment_bytes, FileOps& ops)
    : folder_(std::move(folder)), segment_bytes_(segment_bytes), ops_(ops) {}

void SegmentPreparer::start() {
  thread_ = std::thread([this] { run(); });
}

void SegmentPreparer::stop() {
  {
    const Lock lock(mutex_);
    stopping_ = true;
    wanted_ = 0;
  }
  called_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::string SegmentPreparer::prepared_path(std::uint64_t segment) const {
  return log_path(folder_, segment) + kPreparedSuffix;
}

void SegmentPreparer::run() {
  Lock lock(mutex_);
  while (true) {
    called_.wait(lock, [&] { return stopping_ || (wanted_ != 0 && wanted_ != prepared_); });
    if (stopping_) break;
    const auto segment = wanted_;
    lock.unlock();
    auto file = prepare(segment);
    lock.lock();
    if (!file || wanted_ != segment) {
      // No room, or it came too late: the writer makes the segment itself and says what is wrong.
      ::unlink(prepared_path(segment).c_str());
      if (wanted_ == segment) wanted_ = 0;
      continue;
    }
    file_ = std::move(file);
    prepared_ = segment;
  }
  if (file_) ::unlink(prepared_path(prepared_).c_str());
}

File SegmentPreparer::prepare(std::uint64_t segment) {
  const auto path = prepared_path(segment);
  File file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file) return {};
  if (ops_.preallocate(file.fd(), static_cast<off_t>(segment_bytes_)) != 0) return {};
  const std::string zeros(kPrepareStep, '\0');
  for (std::size_t at = 0; at < segment_bytes_;) {
    {
      const Lock lock(mutex_);
      if (wanted_ != segment) return {};
    }
    const auto size = std::min(zeros.size(), segment_bytes_ - at);
    const iovec part{const_cast<char*>(zeros.data()), size};
    const auto wrote = ops_.pwritev(file.fd(), &part, 1, static_cast<off_t>(at));
    // Synced step by step, so that no appended record waits behind all of it.
    if (wrote <= 0 || ops_.fdatasync(file.fd()) != 0) return {};
    at += static_cast<std::size_t>(wrote);
  }
  return file;
}

void SegmentPreparer::want(std::uint64_t segment) {
  {
    const Lock lock(mutex_);
    wanted_ = segment;
  }
  called_.notify_one();
}

File SegmentPreparer::take(std::uint64_t segment) {
  const Lock lock(mutex_);
  wanted_ = 0;
  if (prepared_ != segment) return {};
  prepared_ = 0;
  return std::move(file_);
}

}  // namespace lianmeng::log
