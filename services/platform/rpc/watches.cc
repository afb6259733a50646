#include "platform/rpc/watches.h"

#include "platform/base/reason.h"
#include "platform/rpc/reasons.h"

namespace lianmeng::rpc {

Status Watches::add(std::shared_ptr<OpenWatch> watch) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return fail(to_error(refuse(kServerStopping)));
  if (open_.size() >= kWatchesMax) {
    return fail(to_error(refuse(kWatchesFull, {{"limit", std::to_string(kWatchesMax)}})));
  }
  open_.insert(std::move(watch));
  return {};
}

void Watches::remove(const std::shared_ptr<OpenWatch>& watch) {
  const std::lock_guard lock(mutex_);
  open_.erase(watch);
}

void Watches::end_all() {
  std::set<std::shared_ptr<OpenWatch>> open;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    open = open_;
  }
  // Outside the lock: a stream that ends removes itself.
  const auto error = to_error(refuse(kServerStopping));
  for (const auto& watch : open) watch->end(error);
}

}  // namespace lianmeng::rpc
