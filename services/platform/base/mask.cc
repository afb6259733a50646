#include "platform/base/mask.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace lianmeng {
namespace {

constexpr std::size_t kMobile = 11;
constexpr std::size_t kIdentity = 18;
constexpr std::size_t kOldIdentity = 15;
constexpr std::size_t kCardMin = 13;
constexpr std::size_t kCardMax = 19;
constexpr std::size_t kShortest = 10;  // A landline with its area code.
constexpr char kWideLead = '\xef';     // The first byte of '０' to '９'.
constexpr std::size_t kLongMin = 16;   // No amount and no date has so many digits without a gap.
constexpr std::size_t kKept = 4;       // At the end.
constexpr std::size_t kGapMax = 3;     // Characters between two groups of digits: " - ".

enum class Sort : std::uint8_t { kDigit, kX, kGap, kInvisible, kOther };

struct Character {
  Sort sort = Sort::kOther;
  char digit = 0;
  std::size_t size = 1;  // Bytes.
};

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

// The code point at `at`, which begins one of `size` bytes.
char32_t code_point(std::string_view text, std::size_t at, std::size_t size) {
  const auto lead = static_cast<unsigned char>(text[at]);
  char32_t value = size == 1 ? lead : lead & (0xffU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    value = value << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3fU);
  }
  return value;
}

Character character_at(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  Character out;
  out.size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (lead >= 0x80 && lead < 0xc0) out.size = 1;  // Not UTF-8: a byte of its own.
  out.size = std::min(out.size, text.size() - at);
  for (std::size_t i = 1; i < out.size; ++i) {
    if (!is_continuation(text[at + i])) return {Sort::kOther, 0, i};
  }
  const auto point = code_point(text, at, out.size);
  switch (point) {
    case U'X':
    case U'x':
    case U'Ｘ':
    case U'ｘ':
      out.sort = Sort::kX;
      return out;
    case U'\u00ad':  // Soft hyphen.
    case U'\u200b':  // Of no width, as the next two.
    case U'\u200c':
    case U'\u200d':
    case U'\u2060':
    case U'\ufeff':
    case U'\u20e3':  // Makes a keycap of a digit, behind a variation selector.
      out.sort = Sort::kInvisible;
      return out;
    case U' ':
    case U'\t':
    case U'\u00a0':
    case U'\u3000':
    case U'-':
    case U'－':
    case U'−':
    case U'﹣':
      out.sort = Sort::kGap;
      return out;
    default:
      break;
  }
  if (point >= U'\u2000' && point <= U'\u2015') out.sort = Sort::kGap;        // Blanks and dashes.
  if (point >= U'\ufe00' && point <= U'\ufe0f') out.sort = Sort::kInvisible;  // Variations.
  if (point >= U'0' && point <= U'9') {
    out.sort = Sort::kDigit;
    out.digit = static_cast<char>(point);
  } else if (point >= U'０' && point <= U'９') {
    out.sort = Sort::kDigit;
    out.digit = static_cast<char>('0' + (point - U'０'));
  }
  return out;
}

// Digits that stand together but for gaps. An X that may end an identity number is one of them.
struct Run {
  std::string digits;
  std::vector<std::size_t> from;  // Where each stands in the text…
  std::vector<std::size_t> size;  // …and its bytes.
  std::vector<std::size_t>
      groups;           // The first digit of each group without a gap, and one past all.
  std::size_t end = 0;  // Where the text goes on.
};

Run read_run(std::string_view text, std::size_t at) {
  Run run;
  std::size_t gap = 0;
  while (at < text.size()) {
    const auto next = character_at(text, at);
    if (next.sort == Sort::kDigit || (next.sort == Sort::kX && run.digits.size() >= 17)) {
      if (gap > 0 || run.digits.empty()) run.groups.push_back(run.digits.size());
      gap = 0;
      run.digits.push_back(next.sort == Sort::kX ? 'X' : next.digit);
      run.from.push_back(at);
      run.size.push_back(next.size);
      run.end = at + next.size;
      if (next.sort == Sort::kX) break;
    } else if (next.sort == Sort::kGap && gap < kGapMax) {
      ++gap;
    } else if (next.sort != Sort::kInvisible) {
      break;
    }
    at += next.size;
  }
  run.groups.push_back(run.digits.size());
  return run;
}

bool is_mobile(std::string_view digits) {
  return digits.size() == kMobile && digits[0] == '1' && digits[1] >= '3';
}

// Of +86 or 0086 before a mobile number.
std::optional<std::size_t> mobile_prefix(std::string_view digits) {
  for (const std::string_view prefix : {"", "86", "0086"}) {
    if (digits.starts_with(prefix) && is_mobile(digits.substr(prefix.size()))) {
      return prefix.size();
    }
  }
  return std::nullopt;
}

// Digits of the area code; nothing when it is no landline.
std::optional<std::size_t> area_code(std::string_view digits) {
  if (digits.size() < kShortest || digits[0] != '0' || digits[1] == '0') return std::nullopt;
  const std::size_t area = digits[1] == '1' || digits[1] == '2' ? 3 : 4;
  if (digits[1] == '1' && digits[2] != '0') return std::nullopt;
  const auto rest = digits.size() - area;
  if (rest < 7 || rest > 8 || digits[area] < '2') return std::nullopt;
  return area;
}

int number(std::string_view digits) {
  int value = 0;
  for (const char digit : digits) value = value * 10 + (digit - '0');
  return value;
}

bool is_month_and_day(std::string_view digits) {
  const int month = number(digits.substr(0, 2));
  const int day = number(digits.substr(2, 2));
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

// GB 11643: division, birthday, order, check. The check is not asked for: a slip of the pen makes
// the number no less somebody's.
bool is_identity(std::string_view digits) {
  if (digits[0] < '1' || digits[0] > '8') return false;
  if (digits.size() == kOldIdentity) {
    return digits.find('X') == digits.npos && is_month_and_day(digits.substr(8, 4));
  }
  if (digits.size() != kIdentity || digits.find('X') < kIdentity - 1) return false;
  const int year = number(digits.substr(6, 4));
  return year >= 1800 && year <= 2199 && is_month_and_day(digits.substr(10, 4));
}

bool passes_luhn(std::string_view digits) {
  int sum = 0;
  bool twice = false;
  for (auto at = digits.rbegin(); at != digits.rend(); ++at, twice = !twice) {
    const int digit = *at - '0';
    sum += !twice ? digit : digit < 5 ? 2 * digit : 2 * digit - 9;
  }
  return sum % 10 == 0;
}

// Which digits of these are hidden: [from, until).
struct Hidden {
  std::size_t from = 0;
  std::size_t until = 0;
};

Hidden all_but_last(std::string_view digits) { return {0, digits.size() - kKept}; }

// What stands in one group, or in several whose gaps are `gaps` (the digits before each).
std::optional<Hidden> recognize(std::string_view digits, const std::vector<std::size_t>& gaps) {
  if (digits.size() < kShortest) return std::nullopt;
  if (is_identity(digits)) return all_but_last(digits);
  if (digits.find('X') != digits.npos) return std::nullopt;
  if (const auto prefix = mobile_prefix(digits)) return Hidden{*prefix + 3, *prefix + 7};
  if (const auto area = area_code(digits); area && (gaps.empty() || gaps.front() == *area)) {
    return Hidden{*area, digits.size() - kKept};
  }
  if (gaps.empty() && digits.size() >= kLongMin) return all_but_last(digits);
  // Cards begin with 3 to 6; a moment written in digits or a row of years does not.
  const bool may_be_card = digits.size() >= kCardMin && digits.size() <= kCardMax &&
                           digits[0] >= '3' && digits[0] <= '6';
  if (!may_be_card || !passes_luhn(digits)) return std::nullopt;
  return all_but_last(digits);
}

// Marks what is hidden of a run: whatever any stretch of its groups would hide, since a part of one
// number may look like another one.
std::vector<bool> hide(const Run& run) {
  std::vector<bool> hidden(run.digits.size(), false);
  const auto groups = run.groups.size() - 1;
  for (std::size_t first = 0; first < groups; ++first) {
    const auto from = run.groups[first];
    std::vector<std::size_t> gaps;
    for (auto last = first; last < groups; ++last) {
      if (last > first) gaps.push_back(run.groups[last] - from);
      auto digits = std::string_view(run.digits).substr(from, run.groups[last + 1] - from);
      if (last > first && digits.size() > kCardMax + 1) break;
      auto found = recognize(digits, gaps);
      // An X behind something else than an identity number is a letter.
      if (!found && digits.ends_with('X')) {
        digits.remove_suffix(1);
        found = recognize(digits, gaps);
      }
      if (!found) continue;
      for (auto i = found->from; i < found->until; ++i) hidden[from + i] = true;
    }
  }
  return hidden;
}

// Too short to hold such a number, however it is written.
bool is_harmless(std::string_view text) {
  if (text.size() < kShortest) return true;
  // Bytes that are a digit, or begin a wide one: most texts of a list have few.
  const auto digits = std::count_if(text.begin(), text.end(), [](char byte) {
    return (byte >= '0' && byte <= '9') || byte == kWideLead;
  });
  return static_cast<std::size_t>(digits) < kShortest;
}

std::string mask_once(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::size_t at = 0;
  while (at < text.size()) {
    const auto next = character_at(text, at);
    if (next.sort != Sort::kDigit) {
      out.append(text.substr(at, next.size));
      at += next.size;
      continue;
    }
    const auto run = read_run(text, at);
    const auto hidden = hide(run);
    for (std::size_t i = 0; i < run.digits.size(); ++i) {
      out.append(text.substr(at, run.from[i] - at));  // The gap before it.
      at = run.from[i] + run.size[i];
      if (hidden[i]) {
        out.push_back('*');
      } else {
        out.append(text.substr(run.from[i], run.size[i]));
      }
    }
    at = run.end;
  }
  return out;
}

}  // namespace

std::string mask_personal_numbers(std::string_view text) {
  std::string masked(text);
  if (is_harmless(text)) return masked;
  // What is kept of one number may stand before digits with which it is another.
  while (true) {
    auto again = mask_once(masked);
    if (again == masked) return masked;
    masked = std::move(again);
  }
}

bool has_personal_number(std::string_view text) {
  return !is_harmless(text) && mask_personal_numbers(text) != text;
}

}  // namespace lianmeng
