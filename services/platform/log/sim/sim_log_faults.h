// What may go wrong in the simulated log.
#pragma once

#include "platform/base/random.h"
#include "platform/base/time.h"

namespace lianmeng::log {

// Chances are in a thousand, drawn for each append unless told; as it stands, no fault at all and
// one millisecond an append. Times are drawn evenly up to their maximum.
struct SimLogFaults {
  Duration append_delay_min{1};
  Duration append_delay_max{1};
  Duration reply_delay_max{0};
  Duration delivery_delay_max{0};
  Duration end_offset_delay_max{0};
  // How long after its outcome a late record may still land.
  Duration late_max{20'000};
  // A follower's batches have 1 to this many records.
  int delivery_records_max = 1000;

  int failed = 0;            // kFailed; never lands.
  int lost_reply = 0;        // All land; kUnknown.
  int late = 0;              // kUnknown; each lands later, in any order, or never.
  int partial = 0;           // The first records land, the others as `late`; kUnknown.
  int hole = 0;              // One record does not land, or late; those behind it do; kUnknown.
  int split = 0;             // kDurable, but others' records may land between those of the batch.
  int duplicate = 0;         // kDurable, and the batch lands twice, at once or late.
  int gap = 0;               // For each landing: offsets are passed over, before it or after it.
  int end_offset_error = 0;  // For each question.
  // kDurable, and lost later: a log that lies, which nobody survives. Never drawn.
  int forgotten = 0;

  // Rates and delays that a seed chooses, from calm to stormy.
  static SimLogFaults drawn(Random& random);
};

}  // namespace lianmeng::log
