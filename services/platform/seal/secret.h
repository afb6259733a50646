// Bytes that are wiped when they are no longer needed, and where random ones come from.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "platform/base/error.h"

namespace lianmeng::seal {

inline constexpr std::size_t kKeyBytes = 32;
inline constexpr std::size_t kNonceBytes = 12;
inline constexpr std::size_t kTagBytes = 16;

// 256 bits of key. Moves but does not copy; wiped on destruction and when moved from.
class SecretKey {
 public:
  SecretKey() = default;
  ~SecretKey();
  SecretKey(SecretKey&& other) noexcept;
  SecretKey& operator=(SecretKey&& other) noexcept;
  SecretKey(const SecretKey&) = delete;
  SecretKey& operator=(const SecretKey&) = delete;

  std::span<std::uint8_t, kKeyBytes> bytes() { return bytes_; }
  std::span<const std::uint8_t, kKeyBytes> bytes() const { return bytes_; }

 private:
  std::array<std::uint8_t, kKeyBytes> bytes_{};
};

// Overwrites the text in a way that the compiler does not leave out.
void wipe(std::string& text);

// Fills the bytes with randomness fit for keys. Safe from any thread. Tests hand in their own.
using FillRandom = std::function<Status(std::span<std::uint8_t>)>;
FillRandom system_random();

}  // namespace lianmeng::seal
