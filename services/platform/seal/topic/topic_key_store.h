// The key store of many hosts: a compacted topic that all of them read and write.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "platform/base/error.h"
#include "platform/base/time.h"
#include "platform/log/log.h"
#include "platform/log/topic_rules.h"
#include "platform/seal/file_key_store.h"
#include "platform/seal/key_store.h"

namespace lianmeng::seal {

struct TopicKeyStoreConfig {
  std::filesystem::path
      master_key;  // The same on every host; made when it and all keys are missing.
  std::string topic{log::kKeysTopic};
  // What is asked of the topic; nothing: nothing is, for kinds of log without such rules.
  std::optional<log::Site> site;
  Duration timeout{10'000};   // The log may stay silent for so long; then KEYS_UNAVAILABLE.
  Duration stale_max{2'000};  // How old a view may be that a key is answered from.
  Duration make_max{3'000};   // How long making keys may wait for the log; then KEYS_UNAVAILABLE.
  Duration beat = std::chrono::hours(1);  // At least so often something is appended.
};

// Reads the topic whole and follows it; wrapped keys are held in memory, some 300 bytes a person.
// A key that another host made is found as soon as it is read here, one that it erased is answered
// for stale_max at the longest.
// get() never waits. From a view that is older than stale_max nothing is answered, and an id that
// the view has not is unknown only once the topic was read behind the first question for it; until
// then both are KEYS_UNAVAILABLE. The end is asked for on a thread of the store's own, twice a
// second and at once when get() would have it.
// Of two keys that two hosts made for one subject at the same moment the first in the topic is
// everybody's. Erasing writes a record in the key's place, and compaction removes the key from the
// brokers' disks (topic rule `max.compaction.lag.ms`).
// Threads: as KeyStore; one of its own. All but get() and get_or_create wait for the log as long
// as `timeout` says.
// Lifetime: borrows log and clock.
// Refused: as open_file_key_store, but for files and locks; TOPIC_RULES, TOPIC_MISSING,
// KEYS_UNAVAILABLE.
Result<std::unique_ptr<KeyStore>> open_topic_key_store(TopicKeyStoreConfig config, log::Log& log,
                                                       Clock& clock, FillRandom random,
                                                       const SealNotice& notice);

}  // namespace lianmeng::seal
