#include "platform/state/as_of.h"

namespace lianmeng::state {

const Reason kNothingThen{
    "NOTHING_THEN", ErrorKind::kNotFound,
    "所问时刻尚无{what}：其最早一条于 {recorded} 记录，发生于 {effective}。请改问更晚的时刻。",
    "At the time that you ask of there was no {what} yet: its first event was recorded at "
    "{recorded} and happened at {effective}. Ask of a later time."};

Refusal nothing_then(const std::string& what, Time recorded, Time effective) {
  return refuse(
      kNothingThen,
      {{"what", what}, {"recorded", to_rfc3339(recorded)}, {"effective", to_rfc3339(effective)}});
}

}  // namespace lianmeng::state
