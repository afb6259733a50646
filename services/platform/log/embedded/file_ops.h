// The file operations that may fail on a sick or full disk, so that tests can make them fail.
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "platform/base/error.h"

namespace lianmeng::log {

// Each answers as the system call of its name does, with errno. Safe from any thread.
class FileOps {
 public:
  virtual ~FileOps() = default;
  virtual int open(const char* path);  // For reading.
  virtual ssize_t pwritev(int fd, const iovec* parts, int count, off_t at);
  virtual ssize_t pread(int fd, void* to, std::size_t bytes, off_t at);
  virtual int fdatasync(int fd);
  virtual int ftruncate(int fd, off_t bytes);
  // fallocate() from 0 on, so that the file is at least that long.
  virtual int preallocate(int fd, off_t bytes);
  // What anybody may still write to the file's disk; as much as there can be if it is not told.
  virtual std::uint64_t free_bytes(int fd);
};

FileOps& system_file_ops();

// Owns a descriptor.
class File {
 public:
  File() = default;
  explicit File(int fd) : fd_(fd) {}
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();

  int fd() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// Bytes in memory of their own, which goes back to the system with them: of a segment that the
// allocator has been given it keeps the 64 MiB.
class Pages {
 public:
  Pages() = default;
  explicit Pages(std::size_t bytes);  // Zeros.
  Pages(Pages&& other) noexcept;
  Pages& operator=(Pages&& other) noexcept;
  ~Pages();

  char* data() { return data_; }
  std::string_view view() const { return {data_, used_}; }
  // Leaves out what lies behind.
  void cut(std::size_t bytes) { used_ = bytes; }

 private:
  char* data_ = nullptr;
  std::size_t mapped_ = 0;
  std::size_t used_ = 0;
};

// "No space left on device".
std::string errno_text(int error);
// What errno means for the one who called: DISK_FULL is retriable, anything else is `reason`.
Error file_error(int error, std::string reason, const std::string& what);

// Whether errno says that process or machine have too little of something for now, descriptors or
// memory: nothing that would be wrong with the file.
bool is_passing(int error);
// That is why a reading failed (READ_LATER): it is tried again, and nothing is concluded from it.
bool is_passing(const Error& error);
Error read_later(int error, const std::string& path);

// Reads as much as there is, at most `bytes`; less at the end of the file.
Result<std::string> read_at(FileOps& ops, int fd, const std::string& path, std::size_t bytes,
                            off_t at);
Result<std::string> read_file(FileOps& ops, const std::string& path);
// The same for what is large and read once.
Result<Pages> read_pages(FileOps& ops, const std::string& path);
// Writes beside, syncs, and renames: afterwards the file is whole or is not there.
Status write_file(FileOps& ops, const std::string& path, const std::string& bytes);
// So that a new name in the folder outlives a power cut.
Status sync_folder(const std::string& path);

}  // namespace lianmeng::log
