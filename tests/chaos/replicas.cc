#include "chaos/replicas.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <future>
#include <iterator>
#include <map>
#include <memory>
#include <stdexcept>

#include "ctl/local/state_verify.h"
#include "dispatch/fold.h"
#include "membership/fold.h"
#include "notification/fold.h"
#include "platform/base/ids.h"
#include "platform/log/kafka/kafka_log.h"
#include "platform/runtime/positions.h"
#include "platform/runtime/tables.h"
#include "platform/store/rocks_reader.h"

namespace lianmeng::chaos {
namespace {

namespace fs = std::filesystem;
using Rows = std::map<std::string, std::string>;

constexpr std::size_t kToldMax = 20;

std::array<const runtime::Fold*, 3> folds() {
  return {&membership::membership_fold(), &dispatch::dispatch_fold(),
          &notification::notification_fold()};
}

Rows rows_of(store::RocksReader& reader, const runtime::Fold& fold, const StoredHost& host,
             int partition) {
  const auto view = reader.partition(host.service, partition, {.fold_version = fold.version()});
  if (!view) throw std::runtime_error(host.name + ": " + view.error().message_en);
  Rows rows;
  if (!*view) return rows;
  const auto cursor = (*view)->cursor();
  // How far it has read others' logs is the host's own; where it stands in its own log is not.
  for (cursor->seek(""); cursor->valid(); cursor->next()) {
    if (cursor->key()[0] == static_cast<char>(runtime::tables::kPositions)) continue;
    rows.emplace(cursor->key(), cursor->value());
  }
  const auto position = runtime::positions::read_own(**view);
  rows.emplace("its position", fmt::format("event {}, {}, digest {:016x}", position.tip.sequence,
                                           position.tip.id, position.digest));
  return rows;
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes.substr(0, 64)) {
    text += byte >= ' ' && byte <= '~' ? std::string(1, byte)
                                       : fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
  }
  return text;
}

// Of hosts of one service; at most so many sentences.
std::vector<std::string> differing_rows(const runtime::Fold& fold,
                                        const std::vector<StoredHost>& hosts) {
  std::vector<std::unique_ptr<store::RocksReader>> readers;
  for (const auto& host : hosts) {
    auto reader = store::RocksReader::open(host.store, host.store.string() + "-notes");
    if (!reader) throw std::runtime_error(host.name + ": " + reader.error().message_en);
    readers.push_back(std::move(*reader));
  }
  std::vector<std::string> told;
  for (int partition = 0; partition < kPartitions; ++partition) {
    const auto first = rows_of(*readers[0], fold, hosts[0], partition);
    for (std::size_t i = 1; i < hosts.size(); ++i) {
      auto other = rows_of(*readers[i], fold, hosts[i], partition);
      const auto tell = [&](const std::string& key, std::string_view a, std::string_view b) {
        if (told.size() >= kToldMax) return;
        told.push_back(fmt::format("{}/{} row {}: {} has {}, {} has {}", hosts[i].service,
                                   partition, hex(key), hosts[0].name, a, hosts[i].name, b));
      };
      for (const auto& [key, value] : first) {
        const auto found = other.find(key);
        if (found == other.end()) {
          tell(key, hex(value), "nothing");
          continue;
        }
        if (found->second != value) tell(key, hex(value), hex(found->second));
        other.erase(found);
      }
      for (const auto& [key, value] : other) tell(key, "nothing", hex(value));
    }
  }
  return told;
}

// Of hosts of one service.
std::vector<std::string> compare(const runtime::Fold& fold, const std::vector<StoredHost>& hosts,
                                 log::Log& log) {
  std::vector<std::string> wrong;
  try {
    wrong = differing_rows(fold, hosts);
  } catch (const store::RowUnreadable& unreadable) {
    wrong.push_back(unreadable.error.message_en);
  }
  const auto verdict = ctl::verify_state(std::array{&fold}, log, hosts.front().store);
  if (!verdict) {
    wrong.push_back(verdict.error().message_en);
    return wrong;
  }
  fmt::print("{}: {} rows of {} hosts beside a fold of {} events\n", fold.service(), verdict->rows,
             hosts.size(), verdict->events);
  for (const auto& text : verdict->differences) wrong.push_back("beside a fresh fold: " + text);
  if (verdict->differing_digests > 0) {
    wrong.push_back(fmt::format("{}: {} no-ops carry another digest than the log gives",
                                fold.service(), verdict->differing_digests));
    wrong.insert(wrong.end(), verdict->carried.begin(), verdict->carried.end());
  }
  if (verdict->not_stored > 0) {
    wrong.push_back(
        fmt::format("{}: {} records are not stored", fold.service(), verdict->not_stored));
  }
  return wrong;
}

}  // namespace

std::vector<std::string> compare_replicas(const std::vector<StoredHost>& hosts,
                                          const std::string& bootstrap) {
  // Side by side, each by a connection of its own: partition for partition they wait for the
  // brokers most of the time.
  std::vector<std::future<std::vector<std::string>>> verdicts;
  for (const auto* fold : folds()) {
    std::vector<StoredHost> own;
    std::ranges::copy_if(hosts, std::back_inserter(own),
                         [&](const StoredHost& host) { return host.service == fold->service(); });
    verdicts.push_back(std::async(std::launch::async, [&bootstrap, fold, own = std::move(own)] {
      log::KafkaLogConfig config;
      config.client.bootstrap_servers = bootstrap;
      const auto log = log::KafkaLog::open(config, {});
      if (!log) throw std::runtime_error(log.error().message_en);
      return compare(*fold, own, **log);
    }));
  }
  std::vector<std::string> wrong;
  for (auto& verdict : verdicts) {
    auto texts = verdict.get();
    wrong.insert(wrong.end(), std::make_move_iterator(texts.begin()),
                 std::make_move_iterator(texts.end()));
  }
  return wrong;
}

}  // namespace lianmeng::chaos
