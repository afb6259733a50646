#include "platform/runtime/chain.h"

#include <functional>

namespace lianmeng::runtime {
namespace {
// A losing writer lags by what is in flight, never by this much.
constexpr std::size_t kRecentMax = 1024;
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
  const auto hash = std::hash<std::string>{}(id);
  if (!recent_.insert(hash).second) return;
  order_.push_back(hash);
  if (order_.size() > kRecentMax) {
    recent_.erase(order_.front());
    order_.pop_front();
  }
}

bool Chain::remembers(const std::string& id) const {
  return recent_.contains(std::hash<std::string>{}(id));
}

}  // namespace lianmeng::runtime
