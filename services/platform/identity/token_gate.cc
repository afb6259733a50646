#include "platform/identity/token_gate.h"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>

#include "platform/identity/reasons.h"

namespace lianmeng::identity {
namespace {

struct TextHash : std::hash<std::string_view> {
  using is_transparent = void;
};

// Tokens found good, by their text. Full, it drops any one: the next call with that one verifies it
// again.
class Memory {
 public:
  explicit Memory(std::size_t size) : size_of_part_(std::max<std::size_t>(1, size / kParts)) {}

  // `keys` is the set in force.
  std::optional<Bearer> find(std::string_view token, const KeySet* keys, Time now) {
    auto& part = part_of(token);
    const std::lock_guard lock(part.mutex);
    if (part.keys != keys) return std::nullopt;
    const auto found = part.tokens.find(token);
    if (found == part.tokens.end() || now >= found->second.until) return std::nullopt;
    return found->second;
  }

  void add(std::string token, const Bearer& bearer, std::shared_ptr<const KeySet> keys) {
    auto& part = part_of(token);
    const std::lock_guard lock(part.mutex);
    if (part.keys != keys.get()) {
      part.tokens.clear();
      part.keys = keys.get();
      part.held = std::move(keys);
    }
    if (part.tokens.size() >= size_of_part_) part.tokens.erase(part.tokens.begin());
    part.tokens.insert_or_assign(std::move(token), bearer);
  }

 private:
  static constexpr std::size_t kParts = 16;
  struct Part {
    std::mutex mutex;
    const KeySet* keys = nullptr;        // What the tokens were found good by.
    std::shared_ptr<const KeySet> held;  // Kept, so that no later set has its address.
    std::unordered_map<std::string, Bearer, TextHash, std::equal_to<>> tokens;
  };
  Part& part_of(std::string_view token) { return parts_[TextHash{}(token) % kParts]; }

  const std::size_t size_of_part_;
  std::array<Part, kParts> parts_;
};

}  // namespace

struct TokenGate::Impl {
  Impl(GateConfig given, Clock& clock, Tell tell)
      : config(std::move(given)), clock(clock), tell(std::move(tell)), memory(config.tokens_max) {}

  std::shared_ptr<const KeySet> keys() {
    const std::lock_guard lock(mutex);
    return current;
  }

  Status read();
  void run();
  bool ask();

  const GateConfig config;
  Clock& clock;
  const Tell tell;
  Memory memory;
  std::atomic<std::uint64_t> remembered{0};
  std::atomic<std::uint64_t> verified{0};
  std::atomic<std::uint64_t> reads{0};
  std::atomic<bool> ended{false};

  // Of the thread that reads.
  std::string bytes;  // That `current` was made of.
  std::string told;   // The last warning.

  std::mutex mutex;
  std::condition_variable changed;
  std::shared_ptr<const KeySet> current;  // Guarded by mutex, as the rest; null until first read.
  bool asked = false;
  bool reading = false;
  std::optional<SteadyTime> asked_last;  // Because of an unknown key.
  std::thread thread;
};

// Puts what is there in force; the same bytes are left alone.
Status TokenGate::Impl::read() {
  reads.fetch_add(1, std::memory_order_relaxed);
  auto fetched = fetch(config.keys, [this] { return ended.load(); });
  if (!fetched) return fail(std::move(fetched).error());
  if (keys() != nullptr && *fetched == bytes) return {};
  auto parsed = KeySet::parse(*fetched);
  if (!parsed) {
    auto error = std::move(parsed).error();
    error.message_en =
        fmt::format("{} is no set of keys: {}", to_string(config.keys), error.message_en);
    return fail(std::move(error));
  }
  std::string names;
  for (const auto& key : parsed->keys()) {
    names += fmt::format("{}{} {}", names.empty() ? "" : ", ", to_string(key.algorithm()),
                         key.id().empty() ? "(no name)" : key.id());
  }
  bytes = std::move(*fetched);
  {
    const std::lock_guard lock(mutex);
    current = std::make_shared<const KeySet>(std::move(*parsed));
  }
  tell(false,
       fmt::format("tokens are checked by the keys of {}: {}", to_string(config.keys), names));
  return {};
}

void TokenGate::Impl::run() {
  const bool file = config.keys.url.empty();
  bool failed = false;
  bool first = !file;  // open() has read the file.
  while (true) {
    {
      std::unique_lock lock(mutex);
      const auto pause = failed && !file ? config.again : file ? config.file_look : config.refresh;
      if (!first) changed.wait_for(lock, pause, [&] { return asked || ended; });
      first = false;
      if (ended) return;
      // Before the read: whoever asks from here on may have seen something newer.
      asked = false;
      reading = true;
    }
    const auto status = read();
    failed = !status.has_value();
    if (failed && !ended && status.error().message_en != told) {
      told = status.error().message_en;
      tell(true, fmt::format("{}. {}", told,
                             keys() == nullptr ? "Until it can, calls with tokens are refused."
                                               : "The keys read before stay in force."));
    }
    if (!failed) told.clear();
    const std::lock_guard lock(mutex);
    reading = false;
  }
}

// Because of an unknown key; whether the keys are being read.
bool TokenGate::Impl::ask() {
  const std::lock_guard lock(mutex);
  if (asked) return true;
  const auto now = clock.steady();
  if (asked_last && now - *asked_last < config.again) return reading;
  asked_last = now;
  asked = true;
  changed.notify_all();
  return true;
}

TokenGate::TokenGate(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
  impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
}

TokenGate::~TokenGate() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->ended = true;
  }
  impl_->changed.notify_all();
  impl_->thread.join();
}

Result<std::unique_ptr<TokenGate>> TokenGate::open(GateConfig config, Clock& clock, Tell tell) {
  if (auto place = check_place(config.keys); !place) return fail(std::move(place).error());
  auto impl = std::make_unique<Impl>(std::move(config), clock, std::move(tell));
  if (impl->config.keys.url.empty()) {
    if (auto read = impl->read(); !read) return fail(std::move(read).error());
  }
  return std::unique_ptr<TokenGate>(new TokenGate(std::move(impl)));
}

Result<Bearer> TokenGate::check(std::string_view token) {
  const auto keys = impl_->keys();
  if (keys == nullptr) return fail(to_error(refuse(kTokenKeysUnread)));
  const auto now = impl_->clock.now();
  if (auto known = impl_->memory.find(token, keys.get(), now)) {
    impl_->remembered.fetch_add(1, std::memory_order_relaxed);
    return std::move(*known);
  }
  std::string text(token.substr(0, kTokenBytesMax + 1));
  auto bearer = verify_token(impl_->config.rules, *keys, text, now);
  if (!bearer) {
    if (bearer.error().reason == kTokenKeyUnknown.code && impl_->ask()) {
      return fail(to_error(refuse(kTokenKeysUnread)));
    }
    return bearer;
  }
  impl_->verified.fetch_add(1, std::memory_order_relaxed);
  impl_->memory.add(std::move(text), *bearer, keys);
  return bearer;
}

void TokenGate::read_again() {
  const std::lock_guard lock(impl_->mutex);
  impl_->asked = true;
  impl_->changed.notify_all();
}

TokenGate::Counts TokenGate::counts() const {
  return {impl_->remembered, impl_->verified, impl_->reads};
}

}  // namespace lianmeng::identity
