// Always-on assertions: what must hold in the code itself, never what a caller may get wrong.
// A failed one ends the process, since a wrong fold must not write another record.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

namespace lianmeng::internal {

[[noreturn]] inline void assertion_failed(const char* file, int line, const char* condition,
                                          const std::string& message) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s%s%s\n", file, line, condition,
               message.empty() ? "" : ": ", message.c_str());
  std::fflush(stderr);
  std::abort();
}

inline std::string describe() { return {}; }

template <class... Args>
std::string describe(fmt::format_string<Args...> text, Args&&... args) {
  return fmt::format(text, std::forward<Args>(args)...);
}

}  // namespace lianmeng::internal

// LM_ASSERT(condition) or LM_ASSERT(condition, "format {}", args...).
#define LM_ASSERT(condition, ...)                                                          \
  do {                                                                                     \
    if (!(condition)) [[unlikely]]                                                         \
      ::lianmeng::internal::assertion_failed(__FILE__, __LINE__, #condition,               \
                                             ::lianmeng::internal::describe(__VA_ARGS__)); \
  } while (false)
