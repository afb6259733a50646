// Few durable file operations with errors that name the file. Inside platform/seal only.
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "platform/base/error.h"

namespace lianmeng::seal {

class FileHandle {
 public:
  FileHandle() = default;
  explicit FileHandle(int fd) : fd_(fd) {}
  ~FileHandle() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileHandle(FileHandle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileHandle& operator=(FileHandle&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// What errno says of `path`; a full disk passes by itself, so it is retriable.
inline Error file_error(std::string_view what, const std::filesystem::path& path) {
  const int code = errno;
  const bool full = code == ENOSPC || code == EDQUOT;
  return make_error(full ? ErrorKind::kResourceExhausted : ErrorKind::kUnavailable,
                    full ? "DISK_FULL" : "SEAL_FILE_FAILED",
                    fmt::format("{}: cannot {}: {}", path.string(), what, std::strerror(code)));
}

inline Status write_all(int fd, std::string_view bytes, off_t offset,
                        const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const auto written = ::pwrite(fd, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(file_error("write", path));
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += written;
  }
  return {};
}

inline Result<std::string> read_all(int fd, const std::filesystem::path& path) {
  std::string bytes;
  char buffer[65536];
  while (true) {
    const auto got = ::pread(fd, buffer, sizeof buffer, static_cast<off_t>(bytes.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(file_error("read", path));
    if (got == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(got));
  }
}

// Makes a new, renamed or removed name in that directory durable.
inline Status sync_directory(const std::filesystem::path& directory) {
  const FileHandle handle(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!handle || ::fsync(handle.get()) != 0) return fail(file_error("sync", directory));
  return {};
}

}  // namespace lianmeng::seal
