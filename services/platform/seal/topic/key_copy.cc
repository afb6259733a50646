#include "platform/seal/topic/key_copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "platform/seal/key_file.h"
#include "platform/seal/topic/key_topic.h"

namespace lianmeng::seal {
namespace {

constexpr std::size_t kRecordsMax = 500;  // In one append.

// A source's keys: those that count for their subject go first, as they did there.
struct Keys {
  std::string check;
  std::vector<std::pair<std::string, KeptKey>> all;
};

Keys keys_of(const KeyTable& table) {
  Keys keys{table.check(), {table.keys().begin(), table.keys().end()}};
  std::ranges::stable_partition(keys.all, [&](const auto& entry) {
    const auto* first = table.find(entry.second.subject);
    return first != nullptr && *first == entry.first;
  });
  return keys;
}

Error differ(const std::string& topic, const std::string& how) {
  return make_error(
      ErrorKind::kFailedPrecondition, "KEYS_DIFFER",
      fmt::format("topic {}: {}; copy to a topic that is empty or was filled from the "
                  "same keys",
                  topic, how));
}

void count(const KeptKeys& keys, KeyCounts& counts) {
  for (const auto& [id, kept] : keys) ++(kept.wrapped.empty() ? counts.erased : counts.live);
}

// One master key opens both.
Status check_alike(const Keys& from, const KeyTable& to, const KeyCopyOptions& options) {
  if (to.check() == from.check) return {};
  if (!options.master_key.empty()) {
    const auto master = MasterKey::load(options.master_key);
    if (!master) return fail(master.error());
    KeyFile here;
    here.check = from.check;
    KeyFile there;
    there.check = to.check();
    if (check_master_key(*master, here, "") && check_master_key(*master, there, "")) return {};
  }
  return fail(differ(options.topic, "it has the keys of another master key"));
}

// What the target lacks.
Result<std::vector<log::Record>> missing_in(const Keys& from, const KeyTable& to,
                                            const KeyCopyOptions& options) {
  std::vector<log::Record> records;
  if (to.check().empty()) {
    auto check = check_record(from.check, system_random());
    if (!check) return fail(check.error());
    records.push_back(std::move(*check));
  } else if (auto alike = check_alike(from, to, options); !alike) {
    return fail(alike.error());
  }
  for (const auto& [id, kept] : from.all) {
    const auto there = to.keys().find(id);
    if (kept.wrapped.empty()) {
      if (!to.is_erased(id)) records.push_back(erased_record(id));
    } else if (there == to.keys().end()) {
      records.push_back(key_record(id, kept));
    } else if (!there->second.wrapped.empty() && there->second.wrapped != kept.wrapped) {
      return fail(differ(options.topic, fmt::format("key {} is another one there", id)));
    }
  }
  return records;
}

Result<KeyCounts> copy(const Keys& from, log::Log& to, Clock& clock,
                       const KeyCopyOptions& options) {
  const auto topic = KeyTopic::open(to, clock, options.topic, options.timeout);
  if (!topic) return fail(topic.error());
  auto records =
      (*topic)->look([&](const KeyTable& table) { return missing_in(from, table, options); });
  if (!records) return fail(records.error());
  KeyCounts counts;
  for (std::size_t begin = 0; begin < records->size(); begin += kRecordsMax) {
    const auto count = std::min(kRecordsMax, records->size() - begin);
    std::vector<log::Record> some;
    for (std::size_t i = begin; i < begin + count; ++i) {
      const char kind = (*records)[i].value.front();
      counts.added += kind == 'K' ? 1 : 0;
      counts.newly_erased += kind == 'E' ? 1 : 0;
      some.push_back(std::move((*records)[i]));
    }
    if (auto put = (*topic)->put(std::move(some)); !put) return fail(put.error());
  }
  (*topic)->look([&](const KeyTable& table) { count(table.keys(), counts); });
  return counts;
}

}  // namespace

Result<KeyCounts> copy_keys_of_files(const std::filesystem::path& directory, log::Log& to,
                                     Clock& clock, const KeyCopyOptions& options) {
  auto file = read_key_store(directory);
  if (!file) return fail(file.error());
  return copy({std::move(file->check), {file->keys.begin(), file->keys.end()}}, to, clock, options);
}

Result<KeyCounts> copy_keys_of_topic(log::Log& from, log::Log& to, Clock& clock,
                                     const KeyCopyOptions& options) {
  const auto source = KeyTopic::open(from, clock, options.topic, options.timeout);
  if (!source) return fail(source.error());
  auto keys = (*source)->look([](const KeyTable& table) { return keys_of(table); });
  if (keys.check.empty() && keys.all.empty()) return KeyCounts{};
  return copy(keys, to, clock, options);
}

Result<KeyCounts> backup_keys_of_topic(log::Log& from, const std::filesystem::path& to,
                                       Clock& clock, const KeyCopyOptions& options) {
  const auto topic = KeyTopic::open(from, clock, options.topic, options.timeout);
  if (!topic) return fail(topic.error());
  KeyFile file;
  (*topic)->look([&](const KeyTable& table) {
    file.check = table.check();
    file.keys = table.keys();
  });
  if (file.check.empty())
    return fail(ErrorKind::kNotFound, "KEY_STORE_MISSING",
                fmt::format("topic {}: there are no keys in it", options.topic));
  if (const auto written = write_key_backup(to, file); !written) return fail(written.error());
  KeyCounts counts;
  count(file.keys, counts);
  return counts;
}

Result<KeyCounts> restore_keys_to_topic(const std::filesystem::path& from, log::Log& to,
                                        Clock& clock, const KeyCopyOptions& options) {
  const auto backup = read_key_backup(from);
  if (!backup) return fail(backup.error());
  if (const auto master = load_master_key_of(*backup, from, options.master_key); !master)
    return fail(master.error());
  return copy({backup->check, {backup->keys.begin(), backup->keys.end()}}, to, clock, options);
}

}  // namespace lianmeng::seal
