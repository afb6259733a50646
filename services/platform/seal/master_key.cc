#include "platform/seal/master_key.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "platform/base/private_file.h"
#include "platform/seal/cipher.h"
#include "platform/seal/file.h"

namespace lianmeng::seal {
namespace {

std::filesystem::path directory_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

}  // namespace

Result<MasterKey> MasterKey::load(const std::filesystem::path& path) {
  const FileHandle handle(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (!handle || ::fstat(handle.get(), &info) != 0) return fail(file_error("open", path));
  if (const auto status = check_private(path, "the master key", "MASTER_KEY_EXPOSED"); !status)
    return fail(status.error());
  if (info.st_size != static_cast<off_t>(kKeyBytes))
    return fail(ErrorKind::kFailedPrecondition, "MASTER_KEY_SIZE",
                fmt::format("{}: a master key has {} bytes, this file has {}; restore it from its "
                            "backup",
                            path.string(), kKeyBytes, info.st_size));
  auto bytes = read_all(handle.get(), path);
  if (!bytes) return fail(bytes.error());
  MasterKey result;
  std::copy_n(bytes->begin(), kKeyBytes, result.key_.bytes().begin());
  wipe(*bytes);
  return result;
}

Result<MasterKey> MasterKey::create(const std::filesystem::path& path, const FillRandom& random) {
  MasterKey result;
  if (const auto filled = random(result.key_.bytes()); !filled) return fail(filled.error());
  // Written under a name of its own first: a crash leaves no half a key, and of several processes
  // that find none at the same time one makes it for all.
  auto fresh = path.string() + ".new-XXXXXX";
  const FileHandle handle(::mkostemp(fresh.data(), O_CLOEXEC));  // Mode 0600.
  if (!handle) return fail(file_error("create", fresh));
  const std::string_view bytes(reinterpret_cast<const char*>(result.key_.bytes().data()),
                               kKeyBytes);
  if (const auto written = write_all(handle.get(), bytes, 0, fresh); !written)
    return fail(written.error());
  if (::fsync(handle.get()) != 0) return fail(file_error("sync", fresh));
  // link() refuses an existing name, rename() would replace it.
  const bool linked = ::link(fresh.c_str(), path.c_str()) == 0;
  const auto refused = linked ? 0 : errno;
  ::unlink(fresh.c_str());
  if (refused == EEXIST) return load(path);
  errno = refused;
  if (!linked) return fail(file_error("create", path));
  if (const auto synced = sync_directory(directory_of(path)); !synced) return fail(synced.error());
  return result;
}

Result<std::string> MasterKey::wrap(const SecretKey& key, std::string_view context,
                                    const FillRandom& random) const {
  auto nonce = random_text(random, kNonceBytes);
  if (!nonce) return nonce;
  const std::string_view plain(reinterpret_cast<const char*>(key.bytes().data()), kKeyBytes);
  const auto sealed = encrypt(key_, *nonce, context, plain);
  if (!sealed) return sealed;
  return *nonce + *sealed;
}

Result<SecretKey> MasterKey::unwrap(std::string_view wrapped, std::string_view context) const {
  if (wrapped.size() != kWrappedBytes)
    return fail(ErrorKind::kDataLoss, "SEAL_BROKEN", "a wrapped key has the wrong size");
  auto plain = decrypt(key_, wrapped.substr(0, kNonceBytes), context, wrapped.substr(kNonceBytes));
  if (!plain) return fail(plain.error());
  SecretKey key;
  std::copy_n(plain->begin(), kKeyBytes, key.bytes().begin());
  wipe(*plain);
  return key;
}

}  // namespace lianmeng::seal
