// Which page of a list or of a history a request asks for.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

#include "platform/base/error.h"
#include "platform/state/table.h"

namespace lianmeng::dispatch {

state::PageRequest page_of(const auto& request) {
  state::PageRequest page;
  page.page_size = request.page_size();
  page.page_token = request.page_token();
  return page;
}

// Of a page of a history: its token is the next event's sequence.
inline Result<std::uint64_t> read_sequence(const std::string& token) {
  std::uint64_t from = 0;
  const auto read = std::from_chars(token.data(), token.data() + token.size(), from);
  if (token.empty() || (read.ec == std::errc() && read.ptr == token.data() + token.size())) {
    return from;
  }
  return fail(state::malformed_page_token());
}

int page_size_of(const auto& request) {
  return request.page_size() < 1 ? 50 : std::min(request.page_size(), 1'000);
}

}  // namespace lianmeng::dispatch
