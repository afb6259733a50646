// What a service promises to refuse, read from the comments of its proto: "// Refused: A, B (why)."
// above each rpc. A test that notes what it provokes and compares fails on a promise that nothing
// provokes, and on a refusal that nobody promised.
#pragma once

#include <set>
#include <string>
#include <utility>

namespace lianmeng::testing {

// RPC, reason. INVALID_FIELD is not among them: it is the edge's, of every call.
using Promise = std::pair<std::string, std::string>;

enum class Rpcs { kCommands, kQueries };
// Batches are neither: each command is refused as by itself. Requires a proto that can be read, and
// that each RPC promises something.
std::set<Promise> promised_refusals(const std::string& proto_file, Rpcs which);

}  // namespace lianmeng::testing
