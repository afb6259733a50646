#include "dispatch/queries/stretches.h"

#include <fmt/format.h>

#include <algorithm>

namespace lianmeng::dispatch::queries {

using state::PageRequest;

namespace {

// "<stretch>.<token of its list>".
struct Mark {
  std::size_t at = 0;
  std::string token;
};

Result<Mark> read_mark(const std::string& token, std::size_t count) {
  Mark mark;
  if (token.empty()) return mark;
  const auto dot = token.find('.');
  const auto digits = token.substr(0, dot);
  if (dot == token.npos || digits.empty() || digits.size() > 3 ||
      digits.find_first_not_of("0123456789") != digits.npos ||
      static_cast<std::size_t>(std::stoi(digits)) >= count) {
    return fail(state::malformed_page_token());
  }
  mark.at = static_cast<std::size_t>(std::stoi(digits));
  mark.token = token.substr(dot + 1);
  return mark;
}

std::string write_mark(std::size_t at, const std::string& token, std::size_t count) {
  if (at >= count) return {};
  return fmt::format("{}.{}", at, token);
}

}  // namespace

int size_of(const PageRequest& page) {
  if (page.page_size < 1) return 50;
  return std::min(page.page_size, 1'000);
}

Result<std::string> walk(const state::View& view, const std::vector<Stretch>& all,
                         const PageRequest& page, const TakeRow& take) {
  auto mark = read_mark(page.page_token, all.size());
  if (!mark) return fail(mark.error());
  int left = size_of(page);
  auto at = mark->at;
  auto token = mark->token;
  while (at < all.size()) {
    PageRequest request = page;
    request.page_size = left;
    request.page_token = token;
    auto next =
        demands().walk(view, all[at].index, all[at].filters, request, [&](v1::DemandRow& row) {
          if (!take(at, row)) return false;
          --left;
          return true;
        });
    if (!next) return fail(next.error());
    token = std::move(*next);
    // A short page with a token is one that used up its scan budget.
    if (!token.empty()) return write_mark(at, token, all.size());
    ++at;
    if (left == 0) return write_mark(at, token, all.size());
  }
  return std::string();
}

}  // namespace lianmeng::dispatch::queries
