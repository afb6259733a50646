// What the edge itself refuses, before any service is asked.
#pragma once

#include <span>

#include "platform/base/reason.h"

namespace lianmeng::rpc {

extern const Reason kActorMissing;       // ACTOR_MISSING
extern const Reason kActorMalformed;     // ACTOR_MALFORMED: {given}
extern const Reason kActorNotOfToken;    // ACTOR_NOT_OF_TOKEN: {given}, {actor}
extern const Reason kPeerOnly;           // PEER_ONLY
extern const Reason kMetadataMalformed;  // METADATA_MALFORMED: {name}, {given}
extern const Reason kCallCancelled;      // CALL_CANCELLED
extern const Reason kCallOverdue;        // CALL_OVERDUE
extern const Reason kBatchCounty;        // BATCH_COUNTY: {county}, {given}
extern const Reason kBatchEntryEmpty;    // BATCH_ENTRY_EMPTY
extern const Reason kWatchTooSlow;       // WATCH_TOO_SLOW: {limit}
extern const Reason kWatchesFull;        // WATCHES_FULL: {limit}
extern const Reason kServerStopping;     // SERVER_STOPPING
extern const Reason kOperatorOnly;       // OPERATOR_ONLY
extern const Reason kNotServing;         // NOT_SERVING
extern const Reason kNoHost;             // NO_HOST: {hosts}
extern const Reason kForwardUnknown;     // FATE_UNKNOWN: {hosts}
extern const Reason kForwardsFull;       // BUSY

std::span<const Reason* const> reasons();

}  // namespace lianmeng::rpc
