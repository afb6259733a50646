#include "platform/obs/log.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <memory>
#include <mutex>

#include "platform/base/assert.h"
#include "platform/base/time.h"
#include "platform/base/trace.h"

namespace lianmeng::obs {
namespace {

constexpr std::array<std::string_view, 5> kLevelNames{"debug", "info", "warn", "error", "off"};

std::atomic<Level> least{Level::kInfo};
std::array<std::atomic<std::uint64_t>, kLevelNames.size()> logged{};
std::mutex capture_mutex;
std::function<void(const std::string&)> capture;

// A line as it is: the JSON is made here, so that nothing of a message can break out of it.
spdlog::logger& writer() {
  static const auto logger = [] {
    auto made = std::make_shared<spdlog::logger>("lianmeng",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::trace);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *logger;
}

// The length of the UTF-8 character that begins at `at`, or 0 when there is none.
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return 1;
  std::size_t length = 0;
  std::uint32_t point = 0;
  if (first >= 0xc2 && first <= 0xdf) {
    length = 2;
    point = first & 0x1f;
  } else if (first >= 0xe0 && first <= 0xef) {
    length = 3;
    point = first & 0x0f;
  } else if (first >= 0xf0 && first <= 0xf4) {
    length = 4;
    point = first & 0x07;
  } else {
    return 0;
  }
  if (at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
    point = point << 6 | (byte(at + i) & 0x3fu);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  const bool surrogate = point >= 0xd800 && point <= 0xdfff;
  return overlong || surrogate || point > 0x10ffff ? 0 : length;
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    switch (c) {
      case '"':
        out += "\\\"";
        ++at;
        continue;
      case '\\':
        out += "\\\\";
        ++at;
        continue;
      case '\n':
        out += "\\n";
        ++at;
        continue;
      case '\r':
        out += "\\r";
        ++at;
        continue;
      case '\t':
        out += "\\t";
        ++at;
        continue;
      default:
        break;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
      ++at;
      continue;
    }
    const auto length = utf8_length(text, at);
    if (length == 0) {
      out += "\xef\xbf\xbd";
      ++at;
    } else {
      out.append(text.substr(at, length));
      at += length;
    }
  }
  out += '"';
  return out;
}

Result<Level> parse_level(std::string_view text) {
  for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
    if (text == kLevelNames[i]) return static_cast<Level>(i);
  }
  return fail(ErrorKind::kInvalidArgument, "LOG_LEVEL_UNKNOWN",
              fmt::format("\"{}\" is no log level: write debug, info, warn, error or off", text));
}

Field::Field(std::string_view key, std::string_view value)
    : Field(key, json_string(value), Raw{}) {}
Field::Field(std::string_view key, bool value) : Field(key, value ? "true" : "false", Raw{}) {}
Field::Field(std::string_view key, double value)
    : Field(key, std::isfinite(value) ? fmt::format("{}", value) : "null", Raw{}) {}

std::uint64_t messages_logged(Level level) {
  return logged[static_cast<std::size_t>(level)].load(std::memory_order_relaxed);
}

void set_log_level(Level level) { least.store(level, std::memory_order_relaxed); }

void log(Level level, std::string_view part, std::string_view message,
         std::initializer_list<Field> fields, std::string_view traceparent) {
  LM_ASSERT(level != Level::kOff);
  if (level < least.load(std::memory_order_relaxed)) return;
  logged[static_cast<std::size_t>(level)].fetch_add(1, std::memory_order_relaxed);
  const auto now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
  std::string line = fmt::format(R"({{"time":"{}","level":"{}","part":{},"message":{})",
                                 to_rfc3339(now), kLevelNames[static_cast<std::size_t>(level)],
                                 json_string(part), json_string(message));
  if (const auto trace = trace_id_of(traceparent); !trace.empty()) {
    line += fmt::format(R"(,"trace_id":"{}")", trace);
  }
  for (const auto& field : fields) {
    line += fmt::format(",{}:{}", json_string(field.key()), field.json());
  }
  line += '}';
  {
    const std::lock_guard lock(capture_mutex);
    if (capture) return capture(line);
  }
  writer().info("{}", line);
}

LogCapture::LogCapture(std::function<void(const std::string&)> sink) {
  const std::lock_guard lock(capture_mutex);
  LM_ASSERT(!capture, "one capture of log lines at a time");
  capture = std::move(sink);
}

LogCapture::~LogCapture() {
  const std::lock_guard lock(capture_mutex);
  capture = nullptr;
}

}  // namespace lianmeng::obs
