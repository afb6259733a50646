#include "ctl/text.h"

#include <algorithm>
#include <cstdint>

namespace lianmeng::ctl {
namespace {

// One code point of UTF-8 and its length in bytes; a broken byte counts as one character.
struct CodePoint {
  char32_t value;
  std::size_t bytes;
};

CodePoint next_code_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(0);
  std::size_t bytes = 1;
  char32_t value = first;
  if (first >= 0xF0) {
    bytes = 4;
    value = first & 0x07;
  } else if (first >= 0xE0) {
    bytes = 3;
    value = first & 0x0F;
  } else if (first >= 0xC0) {
    bytes = 2;
    value = first & 0x1F;
  }
  if (bytes > text.size()) return {0xFFFD, 1};
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {0xFFFD, 1};
    value = (value << 6) | (byte(i) & 0x3F);
  }
  return {value, bytes};
}

struct Range {
  char32_t first;
  char32_t last;
};

// Unicode's East_Asian_Width W and F, in blocks: no table of a whole library for a few columns.
constexpr Range kWide[] = {
    {0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},
    {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xA960, 0xA97F},   {0xAC00, 0xD7A3},
    {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},
    {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD},
};
constexpr Range kNoWidth[] = {
    {0x0300, 0x036F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}};

bool within(char32_t value, const auto& ranges) {
  return std::any_of(std::begin(ranges), std::end(ranges), [&](const Range& range) {
    return value >= range.first && value <= range.last;
  });
}

int width_of(char32_t value) {
  if (value < 0x20 || value == 0x7F || within(value, kNoWidth)) return 0;
  return within(value, kWide) ? 2 : 1;
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto above = row[j];
      const auto replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, above + 1, row[j - 1] + 1});
      diagonal = above;
    }
  }
  return row[b.size()];
}

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
char lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string kebab(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (c == '_') {
      out += '-';
      continue;
    }
    const bool starts_word = is_upper(c) && i > 0 && is_lower_or_digit(name[i - 1]);
    if (starts_word) out += '-';
    out += lower(c);
  }
  return out;
}

std::string nearest(std::string_view given, const std::vector<std::string>& known) {
  std::string best;
  // Half of it may be mistyped, not more: a far name helps nobody.
  auto best_distance = std::max<std::size_t>(given.size() / 2, 1) + 1;
  for (const auto& candidate : known) {
    auto d = distance(given, candidate);
    if (given.size() > 2 && candidate.find(given) != std::string::npos)
      d = std::min<std::size_t>(d, 1);
    if (d < best_distance) {
      best_distance = d;
      best = candidate;
    }
  }
  return best;
}

int display_width(std::string_view utf8) {
  int width = 0;
  while (!utf8.empty()) {
    const auto code = next_code_point(utf8);
    width += width_of(code.value);
    utf8.remove_prefix(code.bytes);
  }
  return width;
}

std::string cut(std::string_view utf8, int width) {
  if (display_width(utf8) <= width) return std::string(utf8);
  if (width < 1) return "";
  std::string out;
  int used = 0;
  while (!utf8.empty()) {
    const auto code = next_code_point(utf8);
    const int cells = width_of(code.value);
    if (used + cells > width - 1) break;
    used += cells;
    out += utf8.substr(0, code.bytes);
    utf8.remove_prefix(code.bytes);
  }
  return out + "…";
}

std::string pad(std::string_view utf8, int width) {
  std::string out(utf8);
  const int missing = width - display_width(utf8);
  if (missing > 0) out.append(static_cast<std::size_t>(missing), ' ');
  return out;
}

std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool blank = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (!blank) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  return trim(out);
}

std::string wrap(std::string_view text, int width, int indent) {
  const std::string margin(static_cast<std::size_t>(indent), ' ');
  std::string out;
  std::string line;
  int line_width = 0;
  std::string word;
  int word_width = 0;
  const auto end_line = [&] {
    while (!line.empty() && line.back() == ' ') line.pop_back();
    out += margin + line + "\n";
    line.clear();
    line_width = 0;
  };
  const auto place_word = [&] {
    if (line_width > 0 && line_width + word_width > width - indent) end_line();
    line += word;
    line_width += word_width;
    word.clear();
    word_width = 0;
  };
  while (!text.empty()) {
    const auto code = next_code_point(text);
    const auto piece = text.substr(0, code.bytes);
    text.remove_prefix(code.bytes);
    if (piece == "\n") {
      place_word();
      end_line();
      continue;
    }
    if (piece == " ") {
      place_word();
      if (line_width > 0) {
        line += ' ';
        ++line_width;
      }
      continue;
    }
    const int cells = width_of(code.value);
    // Chinese punctuation stays with the character before it.
    const bool closing = piece == "。" || piece == "，" || piece == "、" || piece == "；" ||
                         piece == "：" || piece == "）" || piece == "”" || piece == "》";
    if (cells == 2 && !closing) place_word();
    word += piece;
    word_width += cells;
  }
  place_word();
  if (line_width > 0) end_line();
  return out;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const auto at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += separator;
    out += parts[i];
  }
  return out;
}

std::string trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return "";
  const auto last = text.find_last_not_of(" \t\r\n");
  return std::string(text.substr(first, last - first + 1));
}

}  // namespace lianmeng::ctl
