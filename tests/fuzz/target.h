// One decoder of bytes that come from outside the process, as a fuzzer drives it. A target returns
// from whatever it is given; that it does, without a crash and without a sanitizer's word, is the
// test, and CHECKED states what must hold beside.
//
//   FUZZ_TARGET(place, {"dispatch/7/901"}) { ... bytes ... }
//
// The examples are sound inputs, from which a search begins; an expression, so that formats that
// nobody writes by hand are made by their own encoders. `fuzz_replay_test` runs each target over
// them and over its corpus, `lianmeng-fuzz` searches on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/base/assert.h"

namespace lianmeng::fuzz {

struct Target {
  std::string name;
  void (*run)(std::string_view bytes) = nullptr;
  std::vector<std::string> (*examples)() = nullptr;
};

// All targets of the program, in the order of their names.
std::vector<Target> targets();

struct Registration {
  explicit Registration(Target target);
};

}  // namespace lianmeng::fuzz

#define FUZZ_TARGET(name, ...)                                                         \
  static void fuzz_##name(std::string_view bytes);                                     \
  static const ::lianmeng::fuzz::Registration registered_##name(                       \
      {#name, fuzz_##name, []() -> std::vector<std::string> { return __VA_ARGS__; }}); \
  static void fuzz_##name(std::string_view bytes)

// Ends the process, in every build.
#define CHECKED(condition) LM_ASSERT(condition)
