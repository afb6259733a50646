// What other hosts of ours, or somebody in their place, wrote for us: the keys' topic, a peer's
// checkpoint.
#include <cstddef>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "fuzz/target.h"
#include "platform/checkpoint/manifest.h"
#include "platform/seal/topic/key_topic.h"

namespace lianmeng::fuzz {
namespace {

// Records one behind the other: the key's length, the key, the value's length, the value; what
// lacks its end is as long as what is left.
std::string take_text(std::string_view& bytes) {
  if (bytes.empty()) return {};
  const std::size_t length = static_cast<unsigned char>(bytes.front());
  bytes.remove_prefix(1);
  std::string text(bytes.substr(0, length));
  bytes.remove_prefix(text.size());
  return text;
}

std::vector<log::Record> read_records(std::string_view bytes) {
  std::vector<log::Record> records;
  while (!bytes.empty()) {
    auto& record = records.emplace_back();
    record.key = take_text(bytes);
    record.value = take_text(bytes);
  }
  return records;
}

std::string written(const std::vector<log::Record>& records) {
  std::string bytes;
  const auto add = [&](const std::string& text) {
    LM_ASSERT(text.size() < 256);
    bytes += static_cast<char>(text.size());
    bytes += text;
  };
  for (const auto& record : records) {
    add(record.key.value_or(""));
    add(record.value);
  }
  return bytes;
}

// Two hosts made a key of one person at the same moment; one of the two is erased, and a late copy
// of it lands behind that.
std::string example_keys() {
  const auto key = [](char digit, const std::string& subject) {
    return seal::key_record(std::string(32, digit), {subject, std::string(60, digit)});
  };
  log::Record check;
  check.key = "check-" + std::string(32, '0');
  check.value = "C" + std::string(60, 'c');
  return written({check, key('a', "610524-p1"), key('b', "610524-p1"), key('c', "610524-p2"),
                  seal::beat_record(), seal::erased_record(std::string(32, 'a')),
                  key('a', "610524-p1"), seal::erased_record(std::string(32, 'd'))});
}

std::string example_checkpoint() {
  platform::v1::OpenCheckpointResponse opened;
  opened.set_checkpoint("dispatch-07-1");
  opened.set_comparator("leveldb.BytewiseComparator");
  for (const auto* name : {"000122.sst", "000123.sst"}) {
    auto& file = *opened.add_files();
    file.set_name(name);
    file.set_bytes(4096);
    file.set_level(6);
    file.set_smallest_sequence(1);
    file.set_largest_sequence(901);
  }
  std::ostringstream out;
  LM_ASSERT(checkpoint::write_manifest(opened, out));
  return out.str();
}

}  // namespace

// A topic's records up to the first that is none: who is found has a key, and a log that has each
// record twice means the same.
FUZZ_TARGET(key_record, {example_keys()}) {
  seal::KeyTable table;
  const auto records = read_records(bytes);
  std::size_t sound = 0;
  while (sound < records.size() && table.apply(records[sound], "keys")) ++sound;
  const auto check_found = [&] {
    for (const auto& [id, kept] : table.keys()) {
      CHECKED(table.is_erased(id) == kept.wrapped.empty());
      if (table.is_erased(id)) continue;
      const auto* found = table.find(kept.subject);
      CHECKED(found != nullptr && table.keys().at(*found).subject == kept.subject);
      CHECKED(!table.is_erased(*found));
    }
  };
  check_found();
  for (const auto& id : table.take_came_back()) CHECKED(table.is_erased(id));
  const auto before = table.keys();
  const auto check = table.check();
  for (std::size_t i = 0; i < sound; ++i) CHECKED(table.apply(records[i], "keys").has_value());
  check_found();
  CHECKED(table.check() == check && table.keys().size() == before.size());
  for (const auto& [id, kept] : before) {
    const auto& again = table.keys().at(id);
    CHECKED(again.subject == kept.subject && again.wrapped == kept.wrapped);
  }
}

// What is understood is written and read again as the same, and no name leads out of the folder.
FUZZ_TARGET(checkpoint_manifest, {example_checkpoint()}) {
  std::istringstream in{std::string(bytes)};
  const auto opened = checkpoint::read_manifest(in);
  if (!opened) return;
  const std::filesystem::path folder = "/folder";
  for (const auto& file : opened->files()) {
    if (!checkpoint::is_file_name(file.name())) continue;
    const auto path = (folder / file.name()).lexically_normal();
    CHECKED(path.parent_path() == folder && path != folder / checkpoint::kManifest);
  }
  std::stringstream written;
  CHECKED(checkpoint::write_manifest(*opened, written));
  const auto again = checkpoint::read_manifest(written);
  CHECKED(again && again->SerializeAsString() == opened->SerializeAsString());
}

}  // namespace lianmeng::fuzz
