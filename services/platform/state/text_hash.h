// For abseil's hash tables of texts: found by a std::string_view, which Debian's abseil (built as
// C++14) does not take by itself.
#pragma once

#include <absl/hash/hash.h>

#include <cstddef>
#include <string_view>

namespace lianmeng::state {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return absl::Hash<std::string_view>{}(text);
  }
};

struct TextEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const { return a == b; }
};

}  // namespace lianmeng::state
