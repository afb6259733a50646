// What has changed above a view: for each key its new value, or that it was erased.
#pragma once

#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_set.h>

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/state/text_hash.h"

namespace lianmeng::state {

struct Change {
  std::string key;
  std::optional<std::string> value;  // Nothing: erased.
  bool operator==(const Change&) const = default;
};

// Found by hash and put in order only when somebody asks for order (a cursor, the store's commit):
// an event changes some ten keys in a layer of a hundred thousand, and most are never walked.
// Threads: one, reading too, since the first to ask for order makes it.
class Changes {
  struct InOrder {
    using is_transparent = void;
    static std::string_view key(const Change* change) { return change->key; }
    static std::string_view key(std::string_view key) { return key; }
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return key(a) < key(b);
    }
  };
  using Order = absl::btree_set<const Change*, InOrder>;

 public:
  // In the order of the keys' bytes. Invalid once something is set, merged or cleared.
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Change;
    using difference_type = std::ptrdiff_t;
    using pointer = const Change*;
    using reference = const Change&;

    Iterator() = default;
    const Change& operator*() const { return **at_; }
    const Change* operator->() const { return *at_; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    Iterator operator++(int) {
      auto before = *this;
      ++at_;
      return before;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    friend class Changes;
    explicit Iterator(Order::const_iterator at) : at_(at) {}
    Order::const_iterator at_;
  };

  Changes() = default;
  Changes(std::initializer_list<Change> changes);
  Changes(Changes&&) = default;
  Changes& operator=(Changes&&) = default;

  void set(std::string_view key, std::optional<std::string> value);
  void clear();
  // Moves all into `other`, where they win, and clears this one.
  void merge_into(Changes& other);

  // Null when the key has not changed. Lives until something is set, merged or cleared.
  const Change* find(std::string_view key) const;
  std::size_t size() const { return changes_.size(); }
  bool empty() const { return changes_.empty(); }
  // Bytes of keys and values.
  std::size_t bytes() const { return bytes_; }

  Iterator begin() const { return Iterator(order().begin()); }
  Iterator end() const { return Iterator(order().end()); }
  Iterator lower_bound(std::string_view key) const { return Iterator(order().lower_bound(key)); }
  // Every change in no order that means anything.
  template <class Visit>
  void visit(const Visit& visit) const {
    for (const auto& change : changes_) visit(*change);
  }

  bool operator==(const Changes& other) const;

 private:
  // A key is hashed once, however often its change goes to another layer or the table grows.
  struct Hashed : Change {
    std::size_t hash = 0;
  };
  using Owned = std::unique_ptr<Hashed>;
  struct Sought {
    explicit Sought(std::string_view key) : key(key), hash(TextHash{}(key)) {}
    std::string_view key;
    std::size_t hash;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const Sought& sought) const { return sought.hash; }
    std::size_t operator()(const Owned& change) const { return change->hash; }
  };
  struct Same {
    using is_transparent = void;
    bool operator()(const Owned& a, const Owned& b) const {
      return a->hash == b->hash && a->key == b->key;
    }
    bool operator()(const Owned& a, const Sought& b) const {
      return a->hash == b.hash && a->key == b.key;
    }
    bool operator()(const Sought& a, const Owned& b) const { return (*this)(b, a); }
  };

  const Order& order() const;

  absl::flat_hash_set<Owned, Hash, Same> changes_;
  std::size_t bytes_ = 0;
  mutable Order order_;                           // All but those that are not ordered yet.
  mutable std::vector<const Change*> unordered_;  // Each key once.
};

}  // namespace lianmeng::state
