#include "simulation/audit/clocks.h"

#include <chrono>
#include <set>

namespace lianmeng::simulation {

using namespace std::chrono_literals;
namespace dv = dispatch::v1;

namespace {

void take_clock(const Fact& fact, const dv::Clock& clock, DemandLife& life, Findings& findings) {
  DemandLife::Clock out;
  out.start = time_of(clock.start_time());
  out.due = time_of(clock.due_time());
  if (clock.has_next_time()) out.next = time_of(clock.next_time());
  out.light = clock.light();
  out.level = clock.level();
  out.unit = clock.limit().unit();
  const auto yellow = time_of(clock.yellow_time());
  findings.expect(out.start <= yellow && yellow <= out.due, fact,
                  "yellow lies before start or after due");
  if (out.unit == dv::LIMIT_UNIT_CLOCK_MINUTES) {
    findings.expect(out.due == out.start + std::chrono::minutes{clock.limit().amount()}, fact,
                    "round the clock, a limit is so many minutes");
  }
  if (clock.kind() == dv::CLOCK_KIND_RATE) {
    findings.expect(!out.next, fact, "the asker owes no rating");
  }
  life.clocks[clock.kind()] = out;
}

}  // namespace

void take_board(const Fact& fact, const dv::ClockBoard& board, DemandLife& life,
                Findings& findings) {
  const auto before = life.clocks;
  std::set<dv::ClockKind> ended;
  for (const auto& clock : board.ended()) {
    findings.expect(before.contains(clock.kind()), fact, "ends a clock that does not run");
    ended.insert(clock.kind());
  }
  life.clocks.clear();
  for (const auto& clock : board.running()) {
    take_clock(fact, clock, life, findings);
    const auto& now = life.clocks[clock.kind()];
    const auto was = before.find(clock.kind());
    const bool same = was != before.end() && was->second.next == now.next &&
                      was->second.due == now.due && was->second.start == now.start;
    if (same) {
      findings.expect(was->second.level == now.level && was->second.light == now.light, fact,
                      "a light changed without a timer");
    } else if (fact.effective) {
      // What was over when it was recorded passes in silence.
      findings.expect(!now.next || *now.next > fact.time, fact,
                      "history sets a timer into the past");
      findings.expect(now.due + 40 * 24h > fact.time || !now.next, fact, "history sets a timer");
    }
  }
  for (const auto& [kind, clock] : before) {
    findings.expect(ended.contains(kind) || life.clocks.contains(kind), fact,
                    "forgets the clock " + dv::ClockKind_Name(kind));
  }
}

void tick(const Fact& fact, const dv::Clock& clock, DemandLife& life, Findings& findings) {
  const auto expect = [&](bool right, const char* what) { findings.expect(right, fact, what); };
  const auto found = life.clocks.find(clock.kind());
  if (found == life.clocks.end()) return expect(false, "of a clock that does not run");
  const auto before = found->second;
  const bool yellow = before.light == dv::LIGHT_GREEN;
  const auto level = yellow ? 0 : before.level + 1;
  expect(clock.light() == (yellow ? dv::LIGHT_YELLOW : dv::LIGHT_RED) && clock.level() == level,
         "not the next step");
  expect(level <= 4, "beyond the last level");
  expect(before.next && *before.next <= fact.time, "before its time, or never due");
  expect(!fact.effective, "a timer of history");
  expect(fact.actor.empty() || fact.actor == "system", "a timer that somebody fired");
  const auto due = time_of(clock.due_time());
  expect(due == before.due, "the due time moved");
  if (!yellow) expect(fact.time >= due, "red before it is due");
  if (level >= 2 && level <= 4) {
    static constexpr int kDays[] = {0, 0, 1, 3, 5};
    // A working day later is at least the days between away, and round the clock all of them.
    const auto days = kDays[level] - (before.unit == dv::LIMIT_UNIT_CLOCK_MINUTES ? 0 : 1);
    expect(fact.time >= due + days * 24h, "escalated too early");
  }
  take_clock(fact, clock, life, findings);
}

}  // namespace lianmeng::simulation
