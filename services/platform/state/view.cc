#include "platform/state/view.h"

#include <utility>

#include "platform/base/assert.h"

namespace lianmeng::state {
namespace {

// The changes laid over the cursor below: at equal keys the change wins, and an erased key hides
// the one below.
class LayerCursor final : public Cursor {
 public:
  LayerCursor(const Changes& changes, std::unique_ptr<Cursor> below)
      : changes_(changes), change_(changes.end()), below_(std::move(below)) {}

  void seek(std::string_view key) override {
    change_ = changes_.lower_bound(key);
    below_->seek(key);
    settle();
  }

  bool valid() const override { return at_ != At::kEnd; }

  std::string_view key() const override {
    LM_ASSERT(valid());
    return at_ == At::kChange ? std::string_view(change_->key) : below_->key();
  }

  std::string_view value() const override {
    LM_ASSERT(valid());
    return at_ == At::kChange ? std::string_view(*change_->value) : below_->value();
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
    if (below_->valid() && below_->key() == change_->key) below_->next();
    ++change_;
  }

  void settle() {
    while (change_ != changes_.end()) {
      if (below_->valid() && below_->key() < change_->key) {
        at_ = At::kBelow;
        return;
      }
      if (change_->value) {
        at_ = At::kChange;
        return;
      }
      skip_change();
    }
    at_ = below_->valid() ? At::kBelow : At::kEnd;
  }

  const Changes& changes_;
  Changes::Iterator change_;
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
  const auto* change = changes_.find(key);
  if (change == nullptr) return below_.get(key, value);
  if (!change->value) return false;
  *value = *change->value;
  return true;
}

std::unique_ptr<Cursor> Layer::cursor() const {
  // Mostly nothing is on its way; a cursor is invalid anyway once something is set here.
  if (changes_.empty()) return below_.cursor();
  return std::make_unique<LayerCursor>(changes_, below_.cursor());
}

void Layer::put(std::string_view key, std::string_view value) {
  changes_.set(key, std::string(value));
}

void Layer::erase(std::string_view key) { changes_.set(key, std::nullopt); }

std::unique_ptr<Cursor> EmptyView::cursor() const { return std::make_unique<EmptyCursor>(); }

}  // namespace lianmeng::state
