#include "bench/folding.h"

#include <algorithm>

#include "platform/base/assert.h"
#include "platform/runtime/core_loop.h"
#include "platform/runtime/envelope.h"
#include "platform/store/names.h"

namespace lianmeng::bench {
namespace {

// What the standalone allows a process, here on one loop.
constexpr std::uint64_t kFlushEvents = 50'000;

}  // namespace

FoldingPlan plan_of(const Journal& journal, std::span<const runtime::Fold* const> services) {
  FoldingPlan plan;
  const auto read = [&](std::size_t slot, int source, std::string_view service, int partition,
                        const google::protobuf::Message& prototype) -> std::uint64_t {
    const auto found = journal.find({runtime::topic_of(service), partition});
    if (found == journal.end()) return 0;
    plan.readings.push_back({slot, source, &prototype, &found->second});
    return found->second.size();
  };
  for (int partition = 0; partition < kPartitions; ++partition) {
    for (const auto* fold : services) {
      const auto slot = plan.slots.size();
      plan.slots.push_back({fold, partition, store::partition_name(fold->service(), partition)});
      const auto before = plan.readings.size();
      plan.own_records +=
          read(slot, runtime::Partition::kOwnLog, fold->service(), partition, fold->prototype());
      if (plan.readings.size() > before) {
        for (const auto& record : *plan.readings.back().records) {
          plan.own_bytes += record.value.size();
        }
      }
      int source = 0;
      for (const auto& foreign : fold->foreign()) {
        plan.followed_records +=
            read(slot, source++, foreign.service, partition, *foreign.prototype);
      }
    }
  }
  return plan;
}

void deliver_in_turns(
    const FoldingPlan& plan, std::size_t records_at_a_time,
    const std::function<void(std::size_t reading, std::size_t first, std::size_t count)>& deliver) {
  bool more = true;
  for (std::size_t first = 0; more; first += records_at_a_time) {
    more = false;
    for (std::size_t i = 0; i < plan.readings.size(); ++i) {
      const auto all = plan.readings[i].records->size();
      if (first >= all) continue;
      deliver(i, first, std::min(records_at_a_time, all - first));
      more = true;
    }
  }
}

Folding::Folding(const FoldingPlan& plan, store::Store& store, Flushing flushing)
    : plan_(plan), store_(store), flushing_(flushing) {}

Folding::~Folding() {
  for (const auto& partition : partitions_) partition->close({clock_.now(), clock_.steady()});
}

// Told an end that lies beyond the journal's, they replay and never serve: what a partition decides
// for itself once it serves is no part of this.
void Folding::open() {
  const runtime::Now now{clock_.now(), clock_.steady()};
  for (const auto& slot : plan_.slots) {
    auto opened = store_.open(slot.fold->service(), slot.partition, {slot.fold->version()});
    LM_ASSERT(opened.has_value(), "{}", opened.error().message_en);
    runtime::PartitionConfig config;
    config.partition = slot.partition;
    partitions_.push_back(std::make_unique<runtime::Partition>(config, *slot.fold,
                                                               std::move(opened->store), random_));
  }
  std::vector<log::Offset> ends(plan_.slots.size(), 1);
  for (const auto& reading : plan_.readings) {
    if (reading.source == runtime::Partition::kOwnLog) {
      ends[reading.slot] = reading.records->back().offset + 2;
    }
  }
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    partitions_[i]->open(now);
    const auto effects = partitions_[i]->take_effects();
    LM_ASSERT(effects.ask_end.has_value());
    partitions_[i]->on_end_offset(*effects.ask_end, ends[i], now);
  }
}

void Folding::run(Stopwatch& stopwatch) {
  open();
  const auto at_a_time = flushing_ == Flushing::kEachRecord ? 1 : kRecordsADelivery;
  deliver_in_turns(plan_, at_a_time,
                   [&](std::size_t reading, std::size_t first, std::size_t count) {
                     deliver(reading, first, count, stopwatch);
                   });
  if (flushing_ != Flushing::kNever) {
    for (const auto& partition : partitions_) flush(*partition);
  }
}

void Folding::deliver(std::size_t index, std::size_t first, std::size_t count,
                      Stopwatch& stopwatch) {
  const auto& reading = plan_.readings[index];
  if (before_record) before_record(index, first);
  auto records = stopwatch.without([&] {
    const auto begin = reading.records->begin() + static_cast<std::ptrdiff_t>(first);
    return std::vector<log::Record>(begin, begin + static_cast<std::ptrdiff_t>(count));
  });
  const auto next = records.back().offset + 1;
  const runtime::Now now{clock_.now(), clock_.steady()};
  auto& partition = *partitions_[reading.slot];
  partition.on_records(reading.source, std::move(records), next, now);
  partition.advance(now);
  LM_ASSERT(!partition.failure(), "{}", partition.failure()->message_en);
  if (flushing_ == Flushing::kEachRecord) flush(partition);
  if (flushing_ == Flushing::kAsTheLoop) flush_some();
}

void Folding::flush(runtime::Partition& partition) {
  const auto flushed = partition.flush();
  LM_ASSERT(flushed.has_value(), "{}", flushed.error().message_en);
}

void Folding::flush_some() {
  const runtime::LoopConfig bounds;
  std::uint64_t events = 0;
  std::size_t bytes = 0;
  for (const auto& partition : partitions_) {
    events += partition->unflushed();
    bytes += partition->dirty_bytes();
  }
  while (events >= kFlushEvents || bytes >= bounds.flush_bytes) {
    auto& fullest = **std::ranges::max_element(
        partitions_, {}, [](const auto& partition) { return partition->unflushed(); });
    events -= fullest.unflushed();
    bytes -= fullest.dirty_bytes();
    flush(fullest);
  }
}

}  // namespace lianmeng::bench
