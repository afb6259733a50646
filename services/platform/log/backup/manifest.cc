#include "platform/log/backup/manifest.h"

#include <fmt/format.h>

#include <charconv>

#include "platform/log/embedded/crc32c.h"

namespace lianmeng::log {
namespace {

constexpr std::string_view kFormat = "lianmeng-log-backup ";
constexpr std::string_view kChecksum = "crc32c ";

// The words of one line, taken from its front.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}

  std::string_view word() {
    const auto end = rest_.find(' ');
    const auto word = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
    return word;
  }
  template <class T>
  bool number(T* out, int base = 10) {
    const auto text = word();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out, base);
    return error == std::errc() && end == text.data() + text.size();
  }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

bool decode_line(std::string_view line, Manifest* out) {
  Words words(line);
  const auto what = words.word();
  if (what == "made") {
    const auto made = parse_rfc3339(words.word());
    if (!made) return false;
    out->made = *made;
    return words.done();
  }
  if (what == "partitions") return words.number(&out->partitions) && words.done();
  if (what == "segment") {
    auto& segment = out->segments.emplace_back();
    return words.number(&segment.number) && words.number(&segment.bytes) &&
           words.number(&segment.crc, 16) && words.done();
  }
  if (what == "end") {
    TopicPartition at;
    at.topic = words.word();
    Offset end = 0;
    if (!words.number(&at.partition) || !words.number(&end)) return false;
    out->ends[at] = end;
    return words.done();
  }
  return false;
}

}  // namespace

std::string encode_manifest(const Manifest& manifest) {
  auto out = fmt::format("{}{}\nmade {}\npartitions {}\n", kFormat, kBackupFormat,
                         to_rfc3339(manifest.made), manifest.partitions);
  for (const auto& segment : manifest.segments) {
    out += fmt::format("segment {} {} {:08x}\n", segment.number, segment.bytes, segment.crc);
  }
  for (const auto& [at, end] : manifest.ends) {
    out += fmt::format("end {} {} {}\n", at.topic, at.partition, end);
  }
  return out + fmt::format("{}{:08x}\n", kChecksum, crc32c(out));
}

Result<Manifest> decode_manifest(std::string_view bytes, const std::string& path) {
  const auto damaged = [&] {
    return fail(ErrorKind::kDataLoss, "BACKUP_DAMAGED",
                fmt::format("{} is damaged or no backup's; use another backup", path));
  };
  // The format comes first, since everything else depends on it.
  int format = 0;
  const auto first = bytes.substr(0, bytes.find('\n'));
  if (!first.starts_with(kFormat) || !Words(first.substr(kFormat.size())).number(&format)) {
    return damaged();
  }
  if (format != kBackupFormat) {
    return fail(ErrorKind::kFailedPrecondition, "BACKUP_OF_OTHER_VERSION",
                fmt::format("{} has format {} and this program reads {}; use the lianmengctl that "
                            "made it",
                            path, format, kBackupFormat));
  }
  const auto last = bytes.rfind(kChecksum);
  std::uint32_t crc = 0;
  if (last == std::string_view::npos || !bytes.ends_with('\n')) return damaged();
  const auto checksum = bytes.substr(last + kChecksum.size());
  if (!Words(checksum.substr(0, checksum.size() - 1)).number(&crc, 16) ||
      crc != crc32c(bytes.substr(0, last))) {
    return damaged();
  }
  Manifest manifest;
  auto rest = bytes.substr(first.size() + 1, last - first.size() - 1);
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos || !decode_line(rest.substr(0, end), &manifest)) {
      return damaged();
    }
    rest.remove_prefix(end + 1);
  }
  return manifest;
}

}  // namespace lianmeng::log
