// The check of tokens in a running process: keys that are read again as they change, and a memory
// of the tokens found good.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "platform/base/error.h"
#include "platform/base/time.h"
#include "platform/identity/fetch.h"
#include "platform/identity/token.h"

namespace lianmeng::identity {

struct GateConfig {
  TokenRules rules;
  KeyPlace keys;
  // How often a URL is asked; a file is looked at every `file_look`.
  Duration refresh{300'000};
  Duration file_look{1'000};
  // After a read that failed, and at most so often because of tokens by an unknown key.
  Duration again{10'000};
  std::size_t tokens_max = 8'192;  // Remembered.
};

// Threads: check() and read_again() from any thread, never blocking on a file or the network; one
// of its own reads keys. Lifetime: borrows the clock. Promise: keys that cannot be read or are
// wrong change nothing: those read before stay in force. A token is taken from memory only under
// the very set of keys that it was found good by, and before it expires.
class TokenGate final : public TokenCheck {
 public:
  // `tell` hears, one sentence each: keys read and in force (no warning), or not (a warning; once
  // until it is another one).
  using Tell = std::function<void(bool warning, const std::string& text)>;

  // A file is read here, and wrong keys are an error; a URL is asked for the first time by the
  // gate's thread, so that a server starts while that is down: until then calls are refused as
  // TOKEN_KEYS_UNREAD.
  static Result<std::unique_ptr<TokenGate>> open(GateConfig config, Clock& clock, Tell tell);
  ~TokenGate() override;
  TokenGate(const TokenGate&) = delete;
  TokenGate& operator=(const TokenGate&) = delete;

  // A token by a key that is not known has the keys read again, at most every config.again;
  // meanwhile it is refused as TOKEN_KEYS_UNREAD, which is worth a repeat.
  Result<Bearer> check(std::string_view token) override;

  // As soon as may be.
  void read_again();

  struct Counts {
    std::uint64_t remembered = 0;  // Answered from memory.
    std::uint64_t verified = 0;    // Found good by their signature.
    std::uint64_t reads = 0;       // Of keys, whatever came of them.
  };
  Counts counts() const;

 private:
  struct Impl;
  explicit TokenGate(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace lianmeng::identity
