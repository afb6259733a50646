// Log lines: one JSON object a line on standard error, for machines first.
//
//   {"time":"2026-11-22T01:02:03.004Z","level":"warn","part":"log","message":"cut a torn tail",
//    "trace_id":"…","file":"000001.log","position":"4096"}
//
// Threads: any. A line is written whole; the writer waits for the system, so nothing logs per
// command.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "platform/base/error.h"

namespace lianmeng::obs {

enum class Level { kDebug, kInfo, kWarn, kError, kOff };

// "debug", "info", "warn", "error", "off".
Result<Level> parse_level(std::string_view text);

// One more member of the line. Numbers and booleans stay what they are in JSON.
class Field {
 public:
  Field(std::string_view key, std::string_view value);
  Field(std::string_view key, const std::string& value) : Field(key, std::string_view(value)) {}
  Field(std::string_view key, const char* value) : Field(key, std::string_view(value)) {}
  Field(std::string_view key, bool value);
  Field(std::string_view key, double value);
  template <std::integral Number>
  Field(std::string_view key, Number value) : Field(key, std::to_string(value), Raw{}) {}

  const std::string& key() const { return key_; }
  const std::string& json() const { return json_; }  // The value as JSON.

 private:
  struct Raw {};
  Field(std::string_view key, std::string json, Raw) : key_(key), json_(std::move(json)) {}

  std::string key_;
  std::string json_;
};

// `part` is the folder that speaks ("log", "runtime"); `message` is a sentence without the values
// that change, which are fields. `traceparent` may be empty.
void log(Level level, std::string_view part, std::string_view message,
         std::initializer_list<Field> fields = {}, std::string_view traceparent = {});
inline void log_info(std::string_view part, std::string_view message,
                     std::initializer_list<Field> fields = {}) {
  log(Level::kInfo, part, message, fields);
}
inline void log_warn(std::string_view part, std::string_view message,
                     std::initializer_list<Field> fields = {}) {
  log(Level::kWarn, part, message, fields);
}
inline void log_error(std::string_view part, std::string_view message,
                      std::initializer_list<Field> fields = {}) {
  log(Level::kError, part, message, fields);
}

// How many lines of that level were written since the start.
std::uint64_t messages_logged(Level level);

// Lines below `level` are dropped. kInfo at first.
void set_log_level(Level level);

// Sends lines elsewhere until it is destroyed: for tests, one at a time.
class LogCapture {
 public:
  explicit LogCapture(std::function<void(const std::string& line)> sink);
  ~LogCapture();
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;
};

// Quotes text as JSON: the one place that escapes. What is not UTF-8 becomes U+FFFD.
std::string json_string(std::string_view text);

}  // namespace lianmeng::obs
