#include "chaos/replicas.h"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <stdexcept>

#include "dispatch/fold.h"
#include "membership/fold.h"
#include "notification/fold.h"
#include "platform/base/ids.h"
#include "platform/store/rocks_reader.h"

namespace lianmeng::chaos {
namespace {

namespace fs = std::filesystem;
using Rows = std::map<std::string, std::string>;

constexpr std::size_t kToldMax = 20;

const runtime::Fold& fold_of(const std::string& service) {
  for (const auto* fold : {&membership::membership_fold(), &dispatch::dispatch_fold(),
                           &notification::notification_fold()}) {
    if (fold->service() == service) return *fold;
  }
  throw std::runtime_error("no fold of " + service);
}

Rows rows_of(store::RocksReader& reader, const StoredHost& host, int partition) {
  const auto view =
      reader.partition(host.service, partition, {.fold_version = fold_of(host.service).version()});
  if (!view) throw std::runtime_error(host.name + ": " + view.error().message_en);
  Rows rows;
  if (!*view) return rows;
  const auto cursor = (*view)->cursor();
  for (cursor->seek(""); cursor->valid(); cursor->next())
    rows.emplace(cursor->key(), cursor->value());
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

}  // namespace

std::vector<std::string> differing_rows(const std::vector<StoredHost>& hosts) {
  std::vector<std::unique_ptr<store::RocksReader>> readers;
  for (const auto& host : hosts) {
    auto reader = store::RocksReader::open(host.store, host.store.string() + "-notes");
    if (!reader) throw std::runtime_error(host.name + ": " + reader.error().message_en);
    readers.push_back(std::move(*reader));
  }
  std::vector<std::string> told;
  for (int partition = 0; partition < kPartitions; ++partition) {
    const auto first = rows_of(*readers[0], hosts[0], partition);
    for (std::size_t i = 1; i < hosts.size(); ++i) {
      auto other = rows_of(*readers[i], hosts[i], partition);
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

}  // namespace lianmeng::chaos
