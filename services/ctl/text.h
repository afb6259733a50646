// Words on a terminal: names as a shell writes them, the nearest known name, columns of text in
// which a Chinese character is two cells wide.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lianmeng::ctl {

enum class Lang { kZh, kEn };

inline std::string_view tr(Lang lang, std::string_view zh, std::string_view en) {
  return lang == Lang::kZh ? zh : en;
}

// "SubmitDemand" and "lead_group_id" become "submit-demand" and "lead-group-id"; dots stay.
std::string kebab(std::string_view name);

// The known name that `given` was most likely meant to be; empty when none is near.
std::string nearest(std::string_view given, const std::vector<std::string>& known);

// Cells that a terminal needs: wide East Asian characters take two, combining marks none.
int display_width(std::string_view utf8);
// At most `width` cells; what is cut ends in "…".
std::string cut(std::string_view utf8, int width);
// Filled up with spaces to `width` cells.
std::string pad(std::string_view utf8, int width);
// One line: line breaks and tabs become single spaces.
std::string one_line(std::string_view text);
// Lines of at most `width` cells, each after `indent` spaces; breaks at spaces and between Chinese
// characters.
std::string wrap(std::string_view text, int width, int indent);

std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string trim(std::string_view text);

}  // namespace lianmeng::ctl
