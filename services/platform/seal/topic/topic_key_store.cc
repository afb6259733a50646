#include "platform/seal/topic/topic_key_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <utility>

#include "platform/seal/kept_key.h"
#include "platform/seal/master_key.h"
#include "platform/seal/topic/key_topic.h"

namespace lianmeng::seal {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kRecordsMax = 500;  // In one append.
constexpr Duration kProbe{500};
// Somebody may erase a key between its creation and the look at it.
constexpr int kTriesMax = 5;

class TopicKeyStore final : public KeyStore {
 public:
  TopicKeyStore(TopicKeyStoreConfig config, std::unique_ptr<KeyTopic> topic, MasterKey master,
                Clock& clock, FillRandom random)
      : config_(std::move(config)),
        topic_(std::move(topic)),
        master_(std::move(master)),
        clock_(clock),
        random_(std::move(random)),
        keeper_([this] { keep(); }) {}

  ~TopicKeyStore() override {
    {
      const std::lock_guard lock(stop_mutex_);
      stop_ = true;
    }
    stopped_.notify_all();
    keeper_.join();
  }

  Result<std::vector<std::string>> get_or_create_all(
      std::span<const std::string> subjects) override;
  Result<std::optional<std::string>> find(std::string_view subject) override;
  Result<FoundKey> get(std::string_view key_id) override;
  Status erase(std::span<const std::string> key_ids) override;
  Result<std::vector<Entry>> list() override;

 private:
  // The ids that are there, and whose are not.
  std::vector<std::string> missing_of(std::span<const std::string> subjects,
                                      std::vector<std::string>& ids);
  Status create(std::span<const std::string> subjects);
  Status put_all(std::vector<log::Record> records);
  void keep();

  const TopicKeyStoreConfig config_;
  const std::unique_ptr<KeyTopic> topic_;
  const MasterKey master_;
  Clock& clock_;
  const FillRandom random_;
  std::mutex create_mutex_;  // One creation at a time, so that no two make keys for one subject.

  std::mutex stop_mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;  // Guarded by stop_mutex_.
  std::thread keeper_;
};

// Looks for what others wrote, erases again what came back, and beats.
void TopicKeyStore::keep() {
  std::vector<std::string> came_back;
  std::unique_lock lock(stop_mutex_);
  while (!stopped_.wait_for(lock, kProbe, [&] { return stop_; })) {
    lock.unlock();
    // Whoever asks for a key hears of an error; here there is nobody to tell, and it is tried
    // again.
    if (topic_->catch_up()) {
      const auto newest = topic_->look([&](KeyTable& table) {
        for (auto& id : table.take_came_back()) came_back.push_back(std::move(id));
        return table.newest();
      });
      std::vector<log::Record> records;
      for (const auto& id : came_back) records.push_back(erased_record(id));
      if (records.empty() && clock_.now() - newest >= config_.beat) {
        records.push_back(beat_record());
      }
      if (put_all(std::move(records))) came_back.clear();
    }
    lock.lock();
  }
}

Status TopicKeyStore::put_all(std::vector<log::Record> records) {
  for (std::size_t from = 0; from < records.size(); from += kRecordsMax) {
    const auto begin = records.begin() + static_cast<std::ptrdiff_t>(from);
    const auto end =
        records.begin() + static_cast<std::ptrdiff_t>(std::min(from + kRecordsMax, records.size()));
    std::vector<log::Record> some(std::make_move_iterator(begin), std::make_move_iterator(end));
    if (auto done = topic_->put(std::move(some)); !done) return done;
  }
  return {};
}

Status TopicKeyStore::create(std::span<const std::string> subjects) {
  std::vector<log::Record> records;
  for (const auto& subject : subjects) {
    auto key = make_kept_key(master_, subject, random_);
    if (!key) return fail(key.error());
    records.push_back(key_record(key->first, key->second));
  }
  return put_all(std::move(records));
}

std::vector<std::string> TopicKeyStore::missing_of(std::span<const std::string> subjects,
                                                   std::vector<std::string>& ids) {
  return topic_->look([&](const KeyTable& table) {
    std::vector<std::string> missing;
    std::unordered_set<std::string_view> seen;
    ids.clear();
    for (const auto& subject : subjects) {
      const auto* id = table.find(subject);
      if (id != nullptr) {
        ids.push_back(*id);
      } else if (seen.insert(subject).second) {
        missing.push_back(subject);
      }
    }
    return missing;
  });
}

Result<std::vector<std::string>> TopicKeyStore::get_or_create_all(
    std::span<const std::string> subjects) {
  if (const auto status = check_subjects(subjects); !status) return fail(status.error());
  if (auto fresh = topic_->catch_up_unless_within(config_.stale_max); !fresh)
    return fail(fresh.error());
  std::vector<std::string> ids;
  if (missing_of(subjects, ids).empty()) return ids;
  const std::lock_guard lock(create_mutex_);
  for (int i = 0; i < kTriesMax; ++i) {
    const auto missing = missing_of(subjects, ids);
    if (missing.empty()) return ids;
    if (auto made = create(missing); !made) return fail(made.error());
  }
  return fail(ErrorKind::kAborted, "KEYS_CONTENDED",
              "keys are erased as fast as they are made for the same persons; try again");
}

Result<std::optional<std::string>> TopicKeyStore::find(std::string_view subject) {
  const std::string name(subject);
  const auto look = [&] {
    return topic_->look([&](const KeyTable& table) {
      const auto* id = table.find(name);
      return id == nullptr ? std::optional<std::string>() : std::optional(*id);
    });
  };
  if (auto fresh = topic_->catch_up_unless_within(config_.stale_max); !fresh)
    return fail(fresh.error());
  if (auto found = look()) return found;
  // Another host may have made it this moment.
  if (auto current = topic_->catch_up(); !current) return fail(current.error());
  return look();
}

Result<FoundKey> TopicKeyStore::get(std::string_view key_id) {
  const std::string id(key_id);
  const auto look = [&] {
    return topic_->look([&](const KeyTable& table) {
      const auto found = table.keys().find(id);
      return found == table.keys().end() ? std::optional<KeptKey>() : std::optional(found->second);
    });
  };
  if (auto fresh = topic_->catch_up_unless_within(config_.stale_max); !fresh)
    return fail(fresh.error());
  auto kept = look();
  if (!kept) {
    if (auto current = topic_->catch_up(); !current) return fail(current.error());
    kept = look();
  }
  if (!kept) return FoundKey();
  return open_kept_key(master_, id, *kept);
}

Status TopicKeyStore::erase(std::span<const std::string> key_ids) {
  if (auto status = check_key_ids(key_ids); !status) return status;
  if (auto fresh = topic_->catch_up_unless_within(config_.stale_max); !fresh) return fresh;
  std::vector<log::Record> records;
  topic_->look([&](const KeyTable& table) {
    for (const auto& id : key_ids)
      if (!table.is_erased(id)) records.push_back(erased_record(id));
  });
  return put_all(std::move(records));
}

Result<std::vector<KeyStore::Entry>> TopicKeyStore::list() {
  if (auto current = topic_->catch_up(); !current) return fail(current.error());
  std::vector<Entry> result;
  topic_->look([&](const KeyTable& table) {
    for (const auto& [id, kept] : table.keys())
      result.push_back({id, kept.subject, kept.wrapped.empty()});
  });
  std::ranges::sort(result, {}, &Entry::key_id);
  return result;
}

Result<MasterKey> open_master_key(const TopicKeyStoreConfig& config, KeyTopic& topic,
                                  const FillRandom& random, const SealNotice& notice) {
  const bool has_master = fs::exists(config.master_key);
  const auto is_new = topic.look([](const KeyTable& table) { return table.check().empty(); });
  if (!has_master && !is_new)
    return fail(ErrorKind::kFailedPrecondition, "MASTER_KEY_MISSING",
                fmt::format("{}: the master key is missing, but the keys of {} were made with one; "
                            "bring it from another host or its backup, without it every sealed "
                            "value stays closed",
                            config.master_key.string(), config.topic));
  auto master = has_master ? MasterKey::load(config.master_key)
                           : MasterKey::create(config.master_key, random);
  if (!master) return master;
  if (!has_master)
    notice(
        fmt::format("{}: made a new master key; copy it to every host and back it up apart from "
                    "the data, without it no sealed value can be read",
                    config.master_key.string()));
  if (is_new) {
    auto check = make_check(*master, random);
    if (!check) return fail(check.error());
    auto record = check_record(std::move(*check), random);
    if (!record) return fail(record.error());
    std::vector<log::Record> records;
    records.push_back(std::move(*record));
    if (auto put = topic.put(std::move(records)); !put) return fail(put.error());
  }
  // Of two that were written at the same moment the first counts.
  KeyFile file;
  file.check = topic.look([](const KeyTable& table) { return table.check(); });
  if (const auto fits = check_master_key(*master, file, config.topic); !fits)
    return fail(fits.error());
  return master;
}

}  // namespace

Result<std::unique_ptr<KeyStore>> open_topic_key_store(TopicKeyStoreConfig config, log::Log& log,
                                                       Clock& clock, FillRandom random,
                                                       const SealNotice& notice) {
  if (config.site) {
    auto rules = log::keys_topic_rules(*config.site);
    rules.topic = config.topic;
    if (auto kept = log::check_topic(rules, log); !kept) return fail(kept.error());
  }
  auto topic = KeyTopic::open(log, clock, config.topic, config.timeout);
  if (!topic) return fail(topic.error());
  auto master = open_master_key(config, **topic, random, notice);
  if (!master) return fail(master.error());
  return std::make_unique<TopicKeyStore>(std::move(config), std::move(*topic), std::move(*master),
                                         clock, std::move(random));
}

}  // namespace lianmeng::seal
