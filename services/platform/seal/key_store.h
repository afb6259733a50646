// Where the keys of persons lie: outside the log, so that deleting one erases what it sealed in
// every replica, backup and mirror.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "platform/base/error.h"
#include "platform/seal/secret.h"

namespace lianmeng::seal {

// A key as the store answers for it.
struct FoundKey {
  enum class State {
    kLive,
    kErased,   // Deleted on purpose: what it sealed is gone for ever.
    kUnknown,  // Never seen here: the store is another one or an old backup. An operator must look.
  };
  State state = State::kUnknown;
  SecretKey key;  // Of a live one.
};

// Keys by id, each for one subject: a person, or the request that registers one whose id is not
// given out yet. Whoever keeps sealed values keeps the key id beside them (each SealedValue names
// it) and seals further values of that person under the same id.
// Threads: all from any thread. Promise: what is answered with success survives a crash.
class KeyStore {
 public:
  virtual ~KeyStore() = default;

  // The ids of the subjects' live keys, in their order; those that are not there are made, all with
  // one sync, or few.
  virtual Result<std::vector<std::string>> get_or_create_all(
      std::span<const std::string> subjects) = 0;
  Result<std::string> get_or_create(std::string_view subject);
  // The id of the subject's live key; nothing when there is none.
  virtual Result<std::optional<std::string>> find(std::string_view subject) = 0;
  // On loops too: waits for no other machine. KEYS_UNAVAILABLE, retriable: what is known here is
  // too old to answer, or does not tell yet whether the key is unknown.
  virtual Result<FoundKey> get(std::string_view key_id) = 0;
  // Deletes keys and remembers that it did, also of ids that are unknown here: after a restore the
  // erasures of the log are simply repeated. Repeating it changes nothing.
  virtual Status erase(std::span<const std::string> key_ids) = 0;

  struct Entry {
    std::string key_id;
    std::string subject;  // Empty when erased.
    bool erased = false;
  };
  // All of them, by key id.
  virtual Result<std::vector<Entry>> list() = 0;
};

// For the simulation and tests: nothing outlives it.
class MemoryKeyStore final : public KeyStore {
 public:
  explicit MemoryKeyStore(FillRandom random) : random_(std::move(random)) {}

  Result<std::vector<std::string>> get_or_create_all(
      std::span<const std::string> subjects) override;
  Result<std::optional<std::string>> find(std::string_view subject) override;
  Result<FoundKey> get(std::string_view key_id) override;
  Status erase(std::span<const std::string> key_ids) override;
  Result<std::vector<Entry>> list() override;

 private:
  struct Kept {
    std::string subject;
    std::optional<SecretKey> key;  // Empty when erased.
  };

  const FillRandom random_;
  std::mutex mutex_;
  std::unordered_map<std::string, Kept> keys_;               // Guarded by mutex_.
  std::unordered_map<std::string, std::string> by_subject_;  // Guarded by mutex_.
};

}  // namespace lianmeng::seal
