// Where this host stands in its logs: rows of the store that are written with the state they belong
// to and are no part of the fold.
#pragma once

#include <cstdint>
#include <string_view>

#include "platform/runtime/chain.h"
#include "platform/state/view.h"

namespace lianmeng::runtime::positions {

struct Own {
  Tip tip;
  log::Offset next = 0;
  std::uint64_t newest_request_ms = 0;  // No request of the store has an id made later.
  std::uint64_t digest = 0;             // Of what the own fold has written (digest.h).
};

// `settled`: how far the policy is done; `projected`: how far the projection is folded (not
// before).
struct Foreign {
  Tip settled;
  std::uint64_t projected = 0;
};

Own read_own(const state::View& view);
void write_own(state::Tx& tx, const Own& own);
Foreign read_foreign(const state::View& view, std::string_view service);
void write_foreign(state::Tx& tx, std::string_view service, const Foreign& foreign);

}  // namespace lianmeng::runtime::positions
