// Keys whose bytes sort as their parts do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "platform/base/time.h"

namespace lianmeng::state {

// Appends parts: Key{}.add(county).add(demand_id). A part is never a prefix of another part's
// bytes, so a key made of the first n parts is the prefix of exactly the keys that begin with them.
//   text    0x00 becomes 0x00 0xff; ends with 0x00 0x01
//   number  eight bytes, most significant first
//   time    as a number with the sign bit turned
//   down()  the complement, so that a scan runs from the latest
class Key {
 public:
  // Room for most keys, so that they grow without being copied.
  Key() { bytes_.reserve(kBytesUsual); }

  Key& add(std::string_view text);
  Key& add(const std::string& text) { return add(std::string_view(text)); }
  Key& add(const char* text) { return add(std::string_view(text)); }
  Key& add(std::uint64_t number);
  Key& add(Time time);
  template <class Enum>
    requires std::is_enum_v<Enum>
  Key& add(Enum value) {
    return add(static_cast<std::uint64_t>(value));
  }
  Key& down(std::uint64_t number) { return add(~number); }
  Key& down(Time time);
  // Bytes that are a key already.
  Key& raw(std::string_view bytes) {
    bytes_.append(bytes);
    return *this;
  }

  const std::string& bytes() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }

 private:
  static constexpr std::size_t kBytesUsual = 64;

  std::string bytes_;
};

// Reads parts back in the order in which they were added; false when the bytes do not fit.
class KeyReader {
 public:
  explicit KeyReader(std::string_view bytes) : rest_(bytes) {}
  bool text(std::string* out);
  bool number(std::uint64_t* out);
  bool time(Time* out);
  bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

// The first key behind all that begin with `prefix`; empty when there is none.
std::string prefix_end(std::string_view prefix);

}  // namespace lianmeng::state
