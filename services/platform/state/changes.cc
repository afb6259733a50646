#include "platform/state/changes.h"

#include <algorithm>
#include <utility>

#include "platform/base/assert.h"

namespace lianmeng::state {
namespace {

std::size_t size_of(const Change& change) {
  return change.key.size() + (change.value ? change.value->size() : 0);
}

}  // namespace

Changes::Changes(std::initializer_list<Change> changes) {
  for (const auto& change : changes) set(change.key, change.value);
}

void Changes::set(std::string_view key, std::optional<std::string> value) {
  bool is_new = false;
  const Sought sought(key);
  const auto at = changes_.lazy_emplace(sought, [&](const auto& construct) {
    construct(std::make_unique<Hashed>(Hashed{{std::string(key), std::nullopt}, sought.hash}));
    is_new = true;
  });
  auto& change = **at;
  if (is_new) {
    unordered_.push_back(&change);
  } else {
    bytes_ -= size_of(change);
  }
  change.value = std::move(value);
  bytes_ += size_of(change);
}

void Changes::clear() {
  order_.clear();
  unordered_.clear();
  changes_.clear();
  bytes_ = 0;
}

void Changes::merge_into(Changes& other) {
  LM_ASSERT(&other != this);
  if (other.empty()) {
    other = std::exchange(*this, {});
    return;
  }
  // Constant to the set, but this one is cleared next.
  for (const auto& owned : changes_) {
    auto& change = const_cast<Owned&>(owned);
    const auto size = size_of(*change);
    const auto at = other.changes_.find(change);
    if (at == other.changes_.end()) {
      other.unordered_.push_back(change.get());
      other.changes_.insert(std::move(change));
    } else {
      other.bytes_ -= size_of(**at);
      (*at)->value = std::move(change->value);
    }
    other.bytes_ += size;
  }
  clear();
}

const Change* Changes::find(std::string_view key) const {
  const auto at = changes_.find(Sought(key));
  return at == changes_.end() ? nullptr : at->get();
}

bool Changes::operator==(const Changes& other) const {
  return size() == other.size() && std::equal(begin(), end(), other.begin());
}

const Changes::Order& Changes::order() const {
  if (!unordered_.empty()) {
    std::ranges::sort(unordered_, InOrder());
    // Each behind the one before, which costs nothing where nothing lies between.
    auto hint = order_.end();
    for (const auto* change : unordered_) hint = std::next(order_.insert(hint, change));
    unordered_.clear();
  }
  return order_;
}

}  // namespace lianmeng::state
