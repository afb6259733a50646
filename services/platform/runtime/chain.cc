#include "platform/runtime/chain.h"

namespace lianmeng::runtime {
namespace {
// A losing writer lags by what is in flight, never by this much.
constexpr std::size_t kRecentMax = 1024;
}  // namespace

Chain::Chain(Tip tip) : tip_(std::move(tip)) { remember(tip_.id); }

Verdict Chain::read(const Envelope& envelope, log::Offset offset) {
  if (envelope.prev != tip_.id) {
    const bool explained = recent_.contains(envelope.prev) || recent_.contains(envelope.id) ||
                           (envelope.prev.empty() && tip_.sequence <= kRecentMax);
    if (!explained) return Verdict::kUnexplained;
    remember(envelope.id);  // It explains those of its batch that were decided on it.
    return Verdict::kVoid;
  }
  if (envelope.sequence != tip_.sequence + 1) return Verdict::kBroken;
  accept(envelope.id, envelope.sequence, offset, envelope.time);
  return Verdict::kValid;
}

void Chain::accept(const std::string& id, std::uint64_t sequence, log::Offset offset, Time time) {
  tip_ = Tip{id, sequence, offset, time};
  remember(id);
}

void Chain::remember(const std::string& id) {
  if (!recent_.insert(id).second) return;
  order_.push_back(id);
  if (order_.size() > kRecentMax) {
    recent_.erase(order_.front());
    order_.pop_front();
  }
}

}  // namespace lianmeng::runtime
