// Golden bytes: what was ever written to a log is read for ever.
#pragma once

#include <google/protobuf/message.h>

#include <string>

namespace lianmeng::testing {

// Checks a service's event wrapper against its file of samples, one a line:
//
//   <case> <bytes in hex> <text>        blank lines and lines with # are skipped
//
// Each sample must parse without an unknown field, print as the text says (so that two fields that
// changed places are noticed) and serialise to the same bytes; every case, and every field of it,
// must be in a sample. What is missing is printed as the lines to add. A line is never changed or
// removed: a new field gets a new one.
void check_golden(const google::protobuf::Message& wrapper, const std::string& file);

}  // namespace lianmeng::testing
