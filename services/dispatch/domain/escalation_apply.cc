#include "dispatch/domain/tables.h"

namespace lianmeng::dispatch {
namespace {

void put_clock(v1::DemandRow& row, const v1::Clock& clock) {
  for (auto& running : *row.mutable_clocks()) {
    if (running.kind() == clock.kind()) running = clock;
  }
}

}  // namespace

void evolve(v1::DemandRow& row, const v1::DemandClockYellow& event, const EventMeta&) {
  put_clock(row, event.clock());
}

void evolve(v1::DemandRow& row, const v1::DemandClockRed& event, const EventMeta&) {
  put_clock(row, event.clock());
}

void evolve(v1::DemandRow& row, const v1::DemandEscalated& event, const EventMeta&) {
  put_clock(row, event.clock());
  row.set_assignment_required(event.assignment_required());
}

}  // namespace lianmeng::dispatch
