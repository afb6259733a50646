// The rows that are read again and again: a county's settings, its posts, its organisations.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <optional>
#include <string>
#include <string_view>

#include "platform/state/text_hash.h"
#include "platform/state/view.h"

namespace lianmeng::state {

// Keeps what reading a view below gave, also that there was nothing: a county without settings of
// its own is asked for them with every command. Cursors go past it. Whoever changes what lies below
// says so with forget().
// Threads: one. Lifetime: borrows `below`. Limits: `entries_max`; when full, what was asked for
// only once since it was last full goes, so that the rows of a list do not drive out the rest.
class ReadCache final : public View {
 public:
  ReadCache(const View& below, std::size_t entries_max)
      : below_(below), entries_max_(entries_max) {}

  bool get(std::string_view key, std::string* value) const override;
  std::unique_ptr<Cursor> cursor() const override { return below_.cursor(); }
  void forget(const Changes& changed);

 private:
  struct Entry {
    std::optional<std::string> value;  // Nothing: there is no such row.
    bool asked_again = false;
  };

  void make_room() const;

  const View& below_;
  const std::size_t entries_max_;
  mutable absl::flat_hash_map<std::string, Entry, TextHash, TextEqual> read_;
};

}  // namespace lianmeng::state
