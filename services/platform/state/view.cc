#include "platform/state/view.h"

#include <utility>

#include "platform/base/assert.h"

namespace lianmeng::state {
namespace {

std::size_t size_of(const std::string& key, const std::optional<std::string>& value) {
  return key.size() + (value ? value->size() : 0);
}

// The changes laid over the cursor below: at equal keys the change wins, and an erased key hides
// the one below.
class LayerCursor final : public Cursor {
 public:
  LayerCursor(const Layer::Changes& changes, std::unique_ptr<Cursor> below)
      : changes_(changes), change_(changes.end()), below_(std::move(below)) {}

  void seek(std::string_view key) override {
    change_ = changes_.lower_bound(key);
    below_->seek(key);
    settle();
  }

  bool valid() const override { return at_ != At::kEnd; }

  std::string_view key() const override {
    LM_ASSERT(valid());
    return at_ == At::kChange ? std::string_view(change_->first) : below_->key();
  }

  std::string_view value() const override {
    LM_ASSERT(valid());
    return at_ == At::kChange ? std::string_view(*change_->second) : below_->value();
  }

  void next() override {
    LM_ASSERT(valid());
    if (at_ == At::kChange) {
      skip_change();
    } else {
      below_->next();
    }
    settle();
  }

 private:
  enum class At { kEnd, kChange, kBelow };

  // Steps behind the change and behind the key below that it hides.
  void skip_change() {
    if (below_->valid() && below_->key() == change_->first) below_->next();
    ++change_;
  }

  void settle() {
    while (change_ != changes_.end()) {
      if (below_->valid() && below_->key() < change_->first) {
        at_ = At::kBelow;
        return;
      }
      if (change_->second) {
        at_ = At::kChange;
        return;
      }
      skip_change();
    }
    at_ = below_->valid() ? At::kBelow : At::kEnd;
  }

  const Layer::Changes& changes_;
  Layer::Changes::const_iterator change_;
  std::unique_ptr<Cursor> below_;
  At at_ = At::kEnd;
};

class EmptyCursor final : public Cursor {
 public:
  void seek(std::string_view) override {}
  bool valid() const override { return false; }
  std::string_view key() const override { return {}; }
  std::string_view value() const override { return {}; }
  void next() override { LM_ASSERT(false, "next() on a cursor at its end"); }
};

}  // namespace

bool Layer::get(std::string_view key, std::string* value) const {
  const auto change = changes_.find(key);
  if (change == changes_.end()) return below_.get(key, value);
  if (!change->second) return false;
  *value = *change->second;
  return true;
}

std::unique_ptr<Cursor> Layer::cursor() const {
  return std::make_unique<LayerCursor>(changes_, below_.cursor());
}

void Layer::put(std::string_view key, std::string_view value) { set(key, std::string(value)); }

void Layer::erase(std::string_view key) { set(key, std::nullopt); }

void Layer::clear() {
  changes_.clear();
  bytes_ = 0;
}

void Layer::merge_into(Layer& other) {
  LM_ASSERT(&other != this);
  if (other.changes_.empty()) {
    other.changes_.swap(changes_);
    other.bytes_ = bytes_;
    clear();
    return;
  }
  while (!changes_.empty()) {
    auto node = changes_.extract(changes_.begin());
    const auto size = size_of(node.key(), node.mapped());
    auto inserted = other.changes_.insert(std::move(node));
    if (!inserted.inserted) {
      auto& [key, value] = *inserted.position;
      other.bytes_ -= size_of(key, value);
      value = std::move(inserted.node.mapped());
    }
    other.bytes_ += size;
  }
  bytes_ = 0;
}

void Layer::set(std::string_view key, std::optional<std::string> value) {
  auto at = changes_.lower_bound(key);
  if (at != changes_.end() && at->first == key) {
    bytes_ -= size_of(at->first, at->second);
    at->second = std::move(value);
  } else {
    at = changes_.emplace_hint(at, std::string(key), std::move(value));
  }
  bytes_ += size_of(at->first, at->second);
}

std::unique_ptr<Cursor> EmptyView::cursor() const { return std::make_unique<EmptyCursor>(); }

}  // namespace lianmeng::state
