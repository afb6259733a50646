#include "platform/log/sim/sim_log_faults.h"

namespace lianmeng::log {

SimLogFaults SimLogFaults::drawn(Random& random) {
  const auto rate = [&](std::uint64_t max) {
    return random.one_in(2) ? 0 : static_cast<int>(random.below(max + 1));
  };
  const auto delay = [&](std::uint64_t max) {
    return Duration(static_cast<std::int64_t>(random.below(random.below(max) + 1)));
  };
  SimLogFaults faults;
  faults.append_delay_max = faults.append_delay_min + delay(200);
  faults.reply_delay_max = delay(200);
  faults.delivery_delay_max = delay(500);
  faults.end_offset_delay_max = delay(200);
  faults.late_max = Duration(1) + delay(60'000);
  faults.delivery_records_max = 1 + static_cast<int>(random.below(random.one_in(2) ? 3 : 500));
  faults.failed = rate(100);
  faults.lost_reply = rate(100);
  faults.late = rate(100);
  faults.partial = rate(100);
  faults.hole = rate(100);
  faults.split = rate(300);
  faults.duplicate = rate(100);
  faults.gap = rate(200);
  faults.end_offset_error = rate(100);
  return faults;
}

}  // namespace lianmeng::log
