#include "platform/rpc/library_lines.h"

#include <grpc/support/log.h>

#include <chrono>

#include "platform/obs/log.h"

namespace lianmeng::rpc {
namespace {

constexpr std::chrono::minutes kQuiet{1};

thread_local bool dropped = false;

void write(gpr_log_func_args* line) {
  if (dropped) return;
  static LibraryLines lines(kQuiet);
  static SystemClock clock;
  const auto left_out = lines.take(line->file, line->line, clock.steady());
  if (!left_out) return;
  const auto level = line->severity == GPR_LOG_SEVERITY_ERROR  ? obs::Level::kWarn
                     : line->severity == GPR_LOG_SEVERITY_INFO ? obs::Level::kInfo
                                                               : obs::Level::kDebug;
  obs::log(level, "grpc", line->message,
           {{"file", line->file}, {"line", line->line}, {"left_out", *left_out}});
}

}  // namespace

std::optional<std::uint64_t> LibraryLines::take(const std::string& file, int line, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  const auto [found, is_new] = places_.try_emplace({file, line});
  auto& place = found->second;
  if (!is_new && now - place.written < quiet_) {
    ++place.left_out;
    return std::nullopt;
  }
  place.written = now;
  return std::exchange(place.left_out, 0);
}

void log_lines_of_grpc() { gpr_set_log_function(write); }

WithoutLibraryLines::WithoutLibraryLines() { dropped = true; }
WithoutLibraryLines::~WithoutLibraryLines() { dropped = false; }

}  // namespace lianmeng::rpc
