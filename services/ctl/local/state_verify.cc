#include "ctl/local/state_verify.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "ctl/local/log_source.h"
#include "platform/base/ids.h"
#include "platform/log/check.h"
#include "platform/runtime/positions.h"
#include "platform/runtime/replay.h"
#include "platform/runtime/tables.h"
#include "platform/store/rocks_reader.h"

namespace lianmeng::ctl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDifferencesMax = 10;

// RocksDB's notes while it is read; removed at the end.
class Scratch {
 public:
  Scratch() : path_((fs::temp_directory_path() / "lianmengctl-XXXXXX").string()) {
    // Its name is nobody's to foresee: what others left in a folder is neither used nor removed.
    if (::mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  Status made() const {
    if (!path_.empty()) return {};
    return fail(ErrorKind::kUnavailable, "NO_TEMPORARY_FOLDER",
                fmt::format("no folder can be made in {}, which RocksDB needs for its notes; make "
                            "room there, or name another one in TMPDIR",
                            fs::temp_directory_path().string()));
  }
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Readable where it is text: table, then the key's bytes.
std::string key_text(std::string_view key) {
  std::string out = fmt::format("table 0x{:02x}, key ", static_cast<unsigned char>(key[0]));
  for (const char c : key.substr(1)) {
    if (c >= ' ' && c <= '~' && c != '\\') {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

class Comparison {
 public:
  Comparison(std::string name, StateVerdict& verdict) : name_(std::move(name)), verdict_(verdict) {}

  // Walks both in the order of keys. Where this host stands is no part of the fold.
  void rows(const state::View& stored, const state::View& folded) {
    const auto a = stored.cursor();
    const auto b = folded.cursor();
    a->seek("");
    b->seek("");
    while (true) {
      pass_positions(*a);
      pass_positions(*b);
      if (!a->valid() && !b->valid()) return;
      ++verdict_.rows;
      if (!b->valid() || (a->valid() && a->key() < b->key())) {
        differs(key_text(a->key()), "the store has a row that the log does not give");
        a->next();
      } else if (!a->valid() || b->key() < a->key()) {
        differs(key_text(b->key()), "the log gives a row that the store does not have");
        b->next();
      } else {
        if (a->value() != b->value()) {
          differs(key_text(a->key()),
                  fmt::format("the row in the store has {} bytes and differs from the one that the "
                              "log gives, which has {}",
                              a->value().size(), b->value().size()));
        }
        a->next();
        b->next();
      }
    }
  }

  void differs(std::string_view where, std::string_view what) {
    ++verdict_.differing_rows;
    if (++told_ <= kDifferencesMax) {
      verdict_.differences.push_back(fmt::format("{}: {}: {}", name_, where, what));
    }
  }

 private:
  static void pass_positions(state::Cursor& cursor) {
    while (cursor.valid() && cursor.key()[0] == static_cast<char>(runtime::tables::kPositions)) {
      cursor.next();
    }
  }

  const std::string name_;
  StateVerdict& verdict_;
  std::size_t told_ = 0;
};

Status replay_topic(LogSource& source, const log::TopicPartition& at,
                    const std::function<Status(log::Record&&)>& take,
                    const std::function<bool()>& enough) {
  if (enough()) return {};
  Status status;
  auto read = source.read(at, [&](log::Record&& record) {
    status = take(std::move(record));
    return status && !enough();
  });
  return status ? read : status;
}

Status verify_partition(LogSource& source, const runtime::Fold& fold, int partition,
                        const state::View& stored, StateVerdict& verdict) {
  Comparison comparison(fmt::format("{}/{}", fold.service(), partition), verdict);
  const state::EmptyView nothing;
  state::Layer folded(nothing);
  runtime::Replay replay(fold, partition, folded);
  const auto position = runtime::positions::read_own(stored);
  const log::TopicPartition own{runtime::topic_of(fold.service()), partition};
  auto status = replay_topic(
      source, own, [&](log::Record&& record) { return replay.own(std::move(record)); },
      [&] { return replay.tip().sequence >= position.tip.sequence; });
  if (!status) return status;
  verdict.events += replay.tip().sequence;
  if (replay.tip().id != position.tip.id) {
    comparison.differs(
        fmt::format("event {}", position.tip.sequence),
        fmt::format("the store stands at it, and the log {}; it was cut or recreated, or the store "
                    "is another log's",
                    replay.tip().sequence < position.tip.sequence
                        ? fmt::format("ends at {}", replay.tip().sequence)
                        : "has another one there"));
    return {};
  }
  for (std::size_t i = 0; i < fold.foreign().size(); ++i) {
    const auto& service = fold.foreign()[i].service;
    const auto until = runtime::positions::read_foreign(stored, service).projected;
    status = replay_topic(
        source, {runtime::topic_of(service), partition},
        [&](log::Record&& record) { return replay.foreign(i, std::move(record)); },
        [&] { return replay.foreign_tip(i).sequence >= until; });
    if (!status) return status;
  }
  const auto end = source.end(own);
  if (!end) return fail(end.error());
  if (*end > position.next) verdict.not_stored += static_cast<std::uint64_t>(*end - position.next);
  ++verdict.partitions;
  comparison.rows(stored, folded);
  if (replay.digest() != position.digest) {
    comparison.differs("digest", fmt::format("the store has {:016x} and the log gives {:016x}",
                                             position.digest, replay.digest()));
  }
  verdict.differing_digests += replay.differing_digests();
  if (const auto& first = replay.first_difference()) {
    verdict.carried.push_back(fmt::format(
        "{}/{}: event {} was written by host {} on a state with the digest {:016x}, where the log "
        "gives {:016x}: that host's state was wrong then",
        fold.service(), partition, first->sequence, first->host, first->carried, first->folded));
  }
  return {};
}

Result<StateVerdict> verify_all(std::span<const runtime::Fold* const> folds, LogSource& source,
                                store::RocksReader& reader, bool one_process) {
  StateVerdict verdict;
  for (const auto* fold : folds) {
    const auto hosted = verdict.partitions;
    std::uint64_t not_begun = 0;  // Records of partitions of which nothing is stored.
    for (int p = 0; p < kPartitions; ++p) {
      auto stored = reader.partition(fold->service(), p, {fold->version()});
      if (!stored) return fail(std::move(stored).error());
      if (*stored == nullptr) {
        const auto end = source.end({runtime::topic_of(fold->service()), p});
        if (!end) return fail(end.error());
        not_begun += static_cast<std::uint64_t>(*end);
        continue;
      }
      try {
        auto status = verify_partition(source, *fold, p, **stored, verdict);
        if (!status) return fail(std::move(status).error());
      } catch (const store::RowUnreadable& unreadable) {
        return fail(unreadable.error);
      }
    }
    // A process may host some services alone.
    if (one_process || verdict.partitions > hosted) verdict.not_stored += not_begun;
  }
  return verdict;
}

}  // namespace

// The store first: what it holds is in the log then.

Result<StateVerdict> verify_state(std::span<const runtime::Fold* const> folds,
                                  const std::string& log_folder, const std::string& store_folder) {
  const Scratch scratch;
  if (auto made = scratch.made(); !made) return fail(std::move(made).error());
  const auto reader = store::RocksReader::open(store_folder, scratch.path());
  if (!reader) return fail(reader.error());
  const auto source = open_journal_source(log_folder);
  if (!source) return fail(source.error());
  return verify_all(folds, **source, **reader, true);
}

Result<StateVerdict> verify_state(std::span<const runtime::Fold* const> folds, log::Log& log,
                                  const std::string& store_folder) {
  const Scratch scratch;
  if (auto made = scratch.made(); !made) return fail(std::move(made).error());
  const auto reader = store::RocksReader::open(store_folder, scratch.path());
  if (!reader) return fail(reader.error());
  return verify_all(folds, *make_log_source(log), **reader, false);
}

}  // namespace lianmeng::ctl
