#include "platform/base/random.h"

#include <fmt/format.h>

#include <random>

namespace lianmeng {
namespace {

std::uint64_t rotate_left(std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

// xoshiro256** 1.0 of Blackman and Vigna (public domain).
std::uint64_t xoshiro(std::uint64_t (&s)[4]) {
  const std::uint64_t result = rotate_left(s[1] * 5, 7) * 9;
  const std::uint64_t t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotate_left(s[3], 45);
  return result;
}

}  // namespace

SystemRandom::SystemRandom() {
  std::random_device device;
  for (auto& word : state_) word = (std::uint64_t{device()} << 32) | device();
}

std::uint64_t SystemRandom::next() { return xoshiro(state_); }

SeededRandom::SeededRandom(std::uint64_t seed) {
  for (auto& word : state_) {  // splitmix64
    seed += 0x9e3779b97f4a7c15;
    std::uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    word = z ^ (z >> 31);
  }
}

std::uint64_t SeededRandom::next() { return xoshiro(state_); }

std::string random_record_id(Random& random) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string id(32, '0');
  for (int half = 0; half < 2; ++half) {
    auto bits = random.next();
    for (int i = 0; i < 16; ++i, bits >>= 4) id[half * 16 + i] = kHex[bits & 15];
  }
  return id;
}

std::string make_uuid_v7(Time now, Random& random) {
  const auto ms = static_cast<std::uint64_t>(now.time_since_epoch().count());
  const auto a = random.next();
  const auto b = random.next();
  return fmt::format("{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}", (ms >> 16) & 0xffffffff, ms & 0xffff,
                     a & 0xfff, 0x8000 | ((a >> 12) & 0x3fff), b & 0xffffffffffff);
}

Result<Time> uuid_v7_time(std::string_view text) {
  bool ok = text.size() == 36;
  std::uint64_t ms = 0;
  for (std::size_t i = 0; ok && i < text.size(); ++i) {
    const char c = text[i];
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      ok = c == '-';
      continue;
    }
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    ok = digit >= 0;
    if (i < 13) ms = ms * 16 + static_cast<std::uint64_t>(digit);
  }
  if (!ok || text[14] != '7') {
    return fail(ErrorKind::kInvalidArgument, "REQUEST_ID_MALFORMED",
                fmt::format("\"{}\" is not a UUID of version 7 (RFC 9562)", text));
  }
  return Time{std::chrono::milliseconds{ms}};
}

}  // namespace lianmeng
