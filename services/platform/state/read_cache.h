// The rows that are read again and again: a county's settings, its posts, its organisations.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "platform/state/view.h"

namespace lianmeng::state {

// Keeps found values of a view below; what is not there is asked for each time, since most such
// keys are new ones. Cursors go past it. Whoever changes what lies below says so with forget().
// Threads: one. Lifetime: borrows `below`. Limits: `entries_max`; when full, what was asked for
// only once since it was last full goes, so that the rows of a list do not drive out the rest.
class ReadCache final : public View {
 public:
  ReadCache(const View& below, std::size_t entries_max)
      : below_(below), entries_max_(entries_max) {}

  bool get(std::string_view key, std::string* value) const override;
  std::unique_ptr<Cursor> cursor() const override { return below_.cursor(); }
  void forget(const Layer::Changes& changed);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const {
      return std::hash<std::string_view>{}(key);
    }
  };

  struct Entry {
    std::string value;
    bool asked_again = false;
  };

  void make_room() const;

  const View& below_;
  const std::size_t entries_max_;
  mutable std::unordered_map<std::string, Entry, Hash, std::equal_to<>> found_;
};

}  // namespace lianmeng::state
