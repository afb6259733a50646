#include "platform/runtime/chain.h"

#include <algorithm>
#include <functional>

namespace lianmeng::runtime {
namespace {
// A losing writer lags by what is in flight, never by this much.
constexpr std::size_t kRecentMax = 1024;

std::size_t hash_of(const std::string& id) { return std::hash<std::string>{}(id); }

}  // namespace

Chain::Chain(Tip tip) : tip_(std::move(tip)) { remember(tip_.id); }

Verdict Chain::judge(const Envelope& envelope) {
  if (envelope.prev != tip_.id) {
    const bool explained = remembers(envelope.prev) || remembers(envelope.id) ||
                           (envelope.prev.empty() && tip_.sequence <= kRecentMax);
    if (!explained) return Verdict::kUnexplained;
    remember(envelope.id);  // It explains those of its batch that were decided on it.
    return Verdict::kVoid;
  }
  return envelope.sequence == tip_.sequence + 1 ? Verdict::kValid : Verdict::kBroken;
}

void Chain::accept(const std::string& id, std::uint64_t sequence, log::Offset offset, Time time) {
  tip_ = Tip{id, sequence, offset, time};
  remember(id);
}

void Chain::remember(const std::string& id) {
  if (recent_.size() < kRecentMax) {
    recent_.push_back(hash_of(id));
    return;
  }
  recent_[oldest_] = hash_of(id);
  oldest_ = (oldest_ + 1) % kRecentMax;
}

bool Chain::remembers(const std::string& id) const {
  return std::ranges::find(recent_, hash_of(id)) != recent_.end();
}

}  // namespace lianmeng::runtime
