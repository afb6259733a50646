// Ordered bytes, as a fold sees them: one partition's state, whatever holds it.
//
//   View  ◄── Tx ◄── Layer        what decide reads, what apply writes, what is not yet below
//     ▲
//     └── store::PartitionStore   memory and RocksDB
//
// Threads: none of these is safe from two threads; a partition's state belongs to its loop.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "platform/state/changes.h"

namespace lianmeng::state {

// Walks keys in ascending order of their bytes. Invalid once its view is changed or destroyed.
class Cursor {
 public:
  virtual ~Cursor() = default;
  // To the first key >= `key`.
  virtual void seek(std::string_view key) = 0;
  virtual bool valid() const = 0;
  // Requires valid(). Both live until the cursor moves.
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
  virtual void next() = 0;
};

class View {
 public:
  virtual ~View() = default;
  // False when there is no such key; `value` is then untouched.
  virtual bool get(std::string_view key, std::string* value) const = 0;
  // Not positioned: seek first.
  virtual std::unique_ptr<Cursor> cursor() const = 0;
};

class Tx : public View {
 public:
  virtual void put(std::string_view key, std::string_view value) = 0;
  virtual void erase(std::string_view key) = 0;
};

// Changes on top of another view, readable as if made: the overlay of what is decided and not yet
// durable, and the dirty rows that wait to be written to the store.
// Lifetime: borrows `below`, which must not change while the layer has cursors.
class Layer final : public Tx {
 public:
  explicit Layer(const View& below) : below_(below) {}
  // A layer on top of another one, never a copy of it (which overload resolution would prefer).
  explicit Layer(const Layer& below) : Tx(), below_(below) {}
  Layer& operator=(const Layer&) = delete;

  bool get(std::string_view key, std::string* value) const override;
  std::unique_ptr<Cursor> cursor() const override;
  void put(std::string_view key, std::string_view value) override;
  void erase(std::string_view key) override;

  const Changes& changes() const { return changes_; }
  bool empty() const { return changes_.empty(); }
  // Bytes of keys and values held, for bounds.
  std::size_t bytes() const { return changes_.bytes(); }
  void clear() { changes_.clear(); }
  // Moves every change into `other` and clears this one.
  void merge_into(Layer& other) { changes_.merge_into(other.changes_); }

 private:
  const View& below_;
  Changes changes_;
};

// A view of nothing: what a fresh fold starts from.
class EmptyView final : public View {
 public:
  bool get(std::string_view, std::string*) const override { return false; }
  std::unique_ptr<Cursor> cursor() const override;
};

}  // namespace lianmeng::state
