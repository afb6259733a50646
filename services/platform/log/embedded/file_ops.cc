#include "platform/log/embedded/file_ops.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <limits>
#include <new>
#include <system_error>
#include <utility>

namespace lianmeng::log {

int FileOps::open(const char* path) { return ::open(path, O_RDONLY | O_CLOEXEC); }
ssize_t FileOps::pwritev(int fd, const iovec* parts, int count, off_t at) {
  return ::pwritev(fd, parts, count, at);
}
ssize_t FileOps::pread(int fd, void* to, std::size_t bytes, off_t at) {
  return ::pread(fd, to, bytes, at);
}
int FileOps::fdatasync(int fd) { return ::fdatasync(fd); }
int FileOps::ftruncate(int fd, off_t bytes) { return ::ftruncate(fd, bytes); }
int FileOps::preallocate(int fd, off_t bytes) { return ::fallocate(fd, 0, 0, bytes); }
std::uint64_t FileOps::free_bytes(int fd) {
  struct statvfs disk {};
  if (::fstatvfs(fd, &disk) != 0) return std::numeric_limits<std::uint64_t>::max();
  return std::uint64_t{disk.f_bavail} * disk.f_frsize;
}

FileOps& system_file_ops() {
  static FileOps ops;
  return ops;
}

File::File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
File& File::operator=(File&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}
File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

std::string errno_text(int error) { return std::system_category().message(error); }

Error file_error(int error, std::string reason, const std::string& what) {
  if (error == ENOSPC || error == EDQUOT) {
    return make_error(
        ErrorKind::kResourceExhausted, "DISK_FULL",
        fmt::format("{}: the disk is full; make room, and it goes on by itself", what));
  }
  return make_error(ErrorKind::kUnavailable, std::move(reason),
                    fmt::format("{}: {}", what, errno_text(error)));
}

namespace {

constexpr const char* kReadLater = "READ_LATER";
}  // namespace

Error read_later(int error, const std::string& path) {
  return make_error(ErrorKind::kUnavailable, kReadLater,
                    fmt::format("{} cannot be read for now: {}", path, errno_text(error)));
}

bool is_passing(int error) {
  return error == EMFILE || error == ENFILE || error == ENOMEM || error == EINTR;
}

bool is_passing(const Error& error) { return error.reason == kReadLater; }

Pages::Pages(std::size_t bytes) : mapped_(bytes), used_(bytes) {
  if (bytes == 0) return;
  auto* const at =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) throw std::bad_alloc();
  data_ = static_cast<char*>(at);
}
Pages::Pages(Pages&& other) noexcept { *this = std::move(other); }
Pages& Pages::operator=(Pages&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(mapped_, other.mapped_);
  std::swap(used_, other.used_);
  return *this;
}
Pages::~Pages() {
  if (data_ != nullptr) ::munmap(data_, mapped_);
}

namespace {

// How many bytes there were, at most so many.
Result<std::size_t> read_into(FileOps& ops, int fd, const std::string& path, char* to,
                              std::size_t bytes, off_t at) {
  std::size_t done = 0;
  while (done < bytes) {
    const auto got = ops.pread(fd, to + done, bytes - done, at + static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int error = errno;
      if (is_passing(error)) return fail(read_later(error, path));
      return fail(ErrorKind::kDataLoss, "READ_FAILED",
                  fmt::format("{} cannot be read at byte {}: {}", path,
                              at + static_cast<off_t>(done), errno_text(error)));
    }
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

struct Opened {
  File file;
  std::size_t bytes = 0;
};

Result<Opened> open_to_read(FileOps& ops, const std::string& path) {
  File file(ops.open(path.c_str()));
  struct stat info {};
  if (!file && is_passing(errno)) return fail(read_later(errno, path));
  if (!file || ::fstat(file.fd(), &info) != 0) {
    return fail(file_error(errno, "FILE_UNREADABLE", path));
  }
  return Opened{std::move(file), static_cast<std::size_t>(info.st_size)};
}

}  // namespace

Result<std::string> read_at(FileOps& ops, int fd, const std::string& path, std::size_t bytes,
                            off_t at) {
  std::string data(bytes, '\0');
  const auto read = read_into(ops, fd, path, data.data(), bytes, at);
  if (!read) return fail(read.error());
  data.resize(*read);
  return data;
}

Result<std::string> read_file(FileOps& ops, const std::string& path) {
  const auto opened = open_to_read(ops, path);
  if (!opened) return fail(opened.error());
  return read_at(ops, opened->file.fd(), path, opened->bytes, 0);
}

Result<Pages> read_pages(FileOps& ops, const std::string& path) {
  const auto opened = open_to_read(ops, path);
  if (!opened) return fail(opened.error());
  Pages pages(opened->bytes);
  const auto read = read_into(ops, opened->file.fd(), path, pages.data(), opened->bytes, 0);
  if (!read) return fail(read.error());
  pages.cut(*read);
  return pages;
}

Status write_file(FileOps& ops, const std::string& path, const std::string& bytes) {
  const auto beside = path + ".new";
  const auto give_up = [&](int error) -> Status {
    ::unlink(beside.c_str());
    return fail(file_error(error, "FILE_UNWRITABLE", path));
  };
  {
    const File file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file) return give_up(errno);
    std::size_t done = 0;
    while (done < bytes.size()) {
      const iovec part{const_cast<char*>(bytes.data()) + done, bytes.size() - done};
      const auto wrote = ops.pwritev(file.fd(), &part, 1, static_cast<off_t>(done));
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote <= 0) return give_up(wrote < 0 ? errno : ENOSPC);
      done += static_cast<std::size_t>(wrote);
    }
    if (ops.fdatasync(file.fd()) != 0) return give_up(errno);
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) return give_up(errno);
  return sync_folder(std::filesystem::path(path).parent_path().string());
}

Status sync_folder(const std::string& path) {
  const File folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.fd()) != 0) {
    return fail(file_error(errno, "FOLDER_UNSYNCED", path));
  }
  return {};
}

}  // namespace lianmeng::log
