#include "platform/state/key.h"

namespace lianmeng::state {
namespace {

constexpr char kEscape = '\x00';
constexpr char kEscapedZero = '\xff';
constexpr char kTerminator = '\x01';
constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63;

std::uint64_t ordered(Time time) {
  return static_cast<std::uint64_t>(time.time_since_epoch().count()) ^ kSignBit;
}

}  // namespace

Key& Key::add(std::string_view text) {
  while (true) {
    const auto zero = text.find(kEscape);
    bytes_.append(text.substr(0, zero));
    bytes_.push_back(kEscape);
    if (zero == std::string_view::npos) break;
    bytes_.push_back(kEscapedZero);
    text.remove_prefix(zero + 1);
  }
  bytes_.push_back(kTerminator);
  return *this;
}

Key& Key::add(std::uint64_t number) {
  char bytes[8];
  for (int i = 7; i >= 0; --i) {
    bytes[i] = static_cast<char>(number & 0xff);
    number >>= 8;
  }
  bytes_.append(bytes, sizeof(bytes));
  return *this;
}

Key& Key::add(Time time) { return add(ordered(time)); }

Key& Key::down(Time time) { return add(~ordered(time)); }

bool KeyReader::text(std::string* out) {
  std::string read;
  std::string_view rest = rest_;
  while (true) {
    const auto zero = rest.find(kEscape);
    if (zero == std::string_view::npos || zero + 1 == rest.size()) return false;
    read.append(rest.substr(0, zero));
    const char next = rest[zero + 1];
    rest.remove_prefix(zero + 2);
    if (next == kTerminator) break;
    if (next != kEscapedZero) return false;
    read.push_back(kEscape);
  }
  rest_ = rest;
  *out = std::move(read);
  return true;
}

bool KeyReader::number(std::uint64_t* out) {
  if (rest_.size() < 8) return false;
  std::uint64_t number = 0;
  for (int i = 0; i < 8; ++i) number = number << 8 | static_cast<unsigned char>(rest_[i]);
  rest_.remove_prefix(8);
  *out = number;
  return true;
}

bool KeyReader::time(Time* out) {
  std::uint64_t number = 0;
  if (!this->number(&number)) return false;
  *out = Time(Duration(static_cast<std::int64_t>(number ^ kSignBit)));
  return true;
}

std::string prefix_end(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty()) {
    auto& last = reinterpret_cast<unsigned char&>(end.back());
    if (last != 0xff) {
      ++last;
      return end;
    }
    end.pop_back();
  }
  return end;
}

}  // namespace lianmeng::state
