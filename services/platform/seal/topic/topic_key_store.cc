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
// Ids that were asked for and are not there: lost, or made by another host a moment ago.
constexpr std::size_t kMissingMax = 10'000;

using SteadyClock = std::chrono::steady_clock;

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
      const std::lock_guard lock(keeper_mutex_);
      stop_ = true;
    }
    told_.notify_all();
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
  Result<std::vector<std::string>> create_missing(std::span<const std::string> subjects,
                                                  SteadyClock::time_point until);
  Status create(std::span<const std::string> subjects, SteadyClock::time_point until);
  // Waits for each of several appends as long as `each` says, and for none behind `until`.
  Status put_all(std::vector<log::Record> records, Duration each,
                 SteadyClock::time_point until = SteadyClock::time_point::max());
  Status check_fresh(Duration patience);
  // Whether the topic, read up to `current_at`, is known not to have the id.
  bool is_nowhere(const std::string& id, SteadyTime current_at);
  void ask_at_once();
  void keep();

  const TopicKeyStoreConfig config_;
  const std::unique_ptr<KeyTopic> topic_;
  const MasterKey master_;
  Clock& clock_;
  const FillRandom random_;
  std::mutex create_mutex_;
  std::condition_variable created_;
  // One creation at a time, so that no two make keys for one subject. Guarded by create_mutex_.
  bool creating_ = false;
  std::mutex missing_mutex_;
  // When it was first asked for. Guarded by missing_mutex_.
  std::unordered_map<std::string, SteadyTime> missing_;

  std::mutex keeper_mutex_;
  std::condition_variable told_;
  bool stop_ = false;   // Guarded by keeper_mutex_, as the next one.
  bool asked_ = false;  // Somebody needs the end now.
  std::thread keeper_;
};

// Looks for what others wrote, erases again what came back, and beats.
void TopicKeyStore::keep() {
  std::vector<std::string> came_back;
  bool is_reached = true;
  while (true) {
    {
      std::unique_lock lock(keeper_mutex_);
      // A log that did not answer is not asked more often because many want its answer.
      told_.wait_for(lock, kProbe, [&] { return stop_ || (asked_ && is_reached); });
      if (stop_) return;
      asked_ = false;
    }
    // Whoever asks for a key hears of an error; here there is nobody to tell, and it is tried
    // again. An answer that is older than stale_max would be of no use.
    is_reached = topic_->catch_up(std::min(config_.timeout, config_.stale_max)).has_value();
    if (!is_reached) continue;
    const auto newest = topic_->look([&](KeyTable& table) {
      for (auto& id : table.take_came_back()) came_back.push_back(std::move(id));
      return table.newest();
    });
    std::vector<log::Record> records;
    for (const auto& id : came_back) records.push_back(erased_record(id));
    if (records.empty() && clock_.now() - newest >= config_.beat) {
      records.push_back(beat_record());
    }
    if (put_all(std::move(records), config_.stale_max)) came_back.clear();
  }
}

void TopicKeyStore::ask_at_once() {
  {
    const std::lock_guard lock(keeper_mutex_);
    asked_ = true;
  }
  told_.notify_all();
}

Status TopicKeyStore::check_fresh(Duration patience) {
  auto fresh = topic_->check_fresh(config_.stale_max);
  if (fresh) return {};
  ask_at_once();
  return patience > Duration::zero() ? topic_->check_fresh(config_.stale_max, patience) : fresh;
}

Status TopicKeyStore::put_all(std::vector<log::Record> records, Duration each,
                              SteadyClock::time_point until) {
  for (std::size_t from = 0; from < records.size(); from += kRecordsMax) {
    const auto begin = records.begin() + static_cast<std::ptrdiff_t>(from);
    const auto end =
        records.begin() + static_cast<std::ptrdiff_t>(std::min(from + kRecordsMax, records.size()));
    std::vector<log::Record> some(std::make_move_iterator(begin), std::make_move_iterator(end));
    const auto left = std::chrono::ceil<Duration>(until - SteadyClock::now());
    if (auto done = topic_->put(std::move(some), std::clamp(left, Duration::zero(), each)); !done)
      return done;
  }
  return {};
}

Status TopicKeyStore::create(std::span<const std::string> subjects, SteadyClock::time_point until) {
  std::vector<log::Record> records;
  for (const auto& subject : subjects) {
    auto key = make_kept_key(master_, subject, random_);
    if (!key) return fail(key.error());
    records.push_back(key_record(key->first, key->second));
  }
  return put_all(std::move(records), config_.make_max, until);
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
  const auto until = SteadyClock::now() + config_.make_max;
  if (auto fresh = check_fresh(config_.make_max); !fresh) return fail(fresh.error());
  std::vector<std::string> ids;
  if (missing_of(subjects, ids).empty()) return ids;
  std::unique_lock lock(create_mutex_);
  if (!created_.wait_until(lock, until, [&] { return !creating_; })) {
    return fail(topic_->unavailable("other keys are being made, and the log is slow"));
  }
  creating_ = true;
  lock.unlock();
  auto made = create_missing(subjects, until);
  lock.lock();
  creating_ = false;
  lock.unlock();
  created_.notify_one();
  return made;
}

Result<std::vector<std::string>> TopicKeyStore::create_missing(
    std::span<const std::string> subjects, SteadyClock::time_point until) {
  std::vector<std::string> ids;
  for (int i = 0; i < kTriesMax; ++i) {
    const auto missing = missing_of(subjects, ids);
    if (missing.empty()) return ids;
    if (auto fresh = check_fresh({}); !fresh) return fail(fresh.error());
    if (auto made = create(missing, until); !made) return fail(made.error());
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
  if (topic_->check_fresh(config_.stale_max)) {
    if (auto found = look()) return found;
  }
  // Another host may have made it this moment.
  if (auto current = topic_->catch_up(); !current) return fail(current.error());
  return look();
}

Result<FoundKey> TopicKeyStore::get(std::string_view key_id) {
  const std::string id(key_id);
  if (auto fresh = check_fresh({}); !fresh) return fail(fresh.error());
  const auto current_at = topic_->current_at();
  const auto kept = topic_->look([&](const KeyTable& table) {
    const auto found = table.keys().find(id);
    return found == table.keys().end() ? std::optional<KeptKey>() : std::optional(found->second);
  });
  if (kept) return open_kept_key(master_, id, *kept);
  if (is_nowhere(id, current_at)) return FoundKey();
  // Whoever names it may have read the log further than the keys are read here.
  ask_at_once();
  return fail(ErrorKind::kUnavailable, "KEYS_UNAVAILABLE",
              fmt::format("key {} is not among those of {} that were read so far; they are being "
                          "read, try again",
                          id, topic_->topic()));
}

bool TopicKeyStore::is_nowhere(const std::string& id, SteadyTime current_at) {
  const std::lock_guard lock(missing_mutex_);
  if (missing_.size() >= kMissingMax) missing_.clear();
  return missing_.try_emplace(id, clock_.steady()).first->second <= current_at;
}

Status TopicKeyStore::erase(std::span<const std::string> key_ids) {
  if (auto status = check_key_ids(key_ids); !status) return status;
  if (!topic_->check_fresh(config_.stale_max)) {
    if (auto current = topic_->catch_up(); !current) return current;
  }
  std::vector<log::Record> records;
  topic_->look([&](const KeyTable& table) {
    for (const auto& id : key_ids)
      if (!table.is_erased(id)) records.push_back(erased_record(id));
  });
  return put_all(std::move(records), 2 * config_.timeout);
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
