#include "platform/limits/formats.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "platform/base/ids.h"
#include "platform/base/random.h"
#include "platform/limits/text.h"

namespace lianmeng::limits {
namespace {

using platform::v1::Format;

constexpr std::size_t kCountyMax = 32;
constexpr std::size_t kIdMax = 64;
constexpr std::size_t kDemandIdMax = 40;
constexpr std::size_t kKeyMax = 64;
constexpr std::size_t kDecimalMax = 20;
constexpr std::size_t kReadTokenMax = 64;
constexpr std::size_t kPageTokenMax = 1'024;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_alphanumeric(char c) { return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z'); }

template <class Allowed>
bool all(std::string_view text, std::size_t max, Allowed allowed) {
  return text.size() <= max && std::all_of(text.begin(), text.end(), allowed);
}

bool is_name(std::string_view text, std::size_t max) {
  return all(text, max, [](char c) { return is_alphanumeric(c) || c == '-'; });
}

bool is_county(std::string_view text) { return is_name(text, kCountyMax); }
bool is_id(std::string_view text) { return is_name(text, kIdMax); }
bool is_request_id(std::string_view text) { return uuid_v7_time(text).has_value(); }
bool is_read_token(std::string_view text) {
  return text.size() <= kReadTokenMax && parse_place(text).has_value();
}
bool is_page_token(std::string_view text) {
  return all(text, kPageTokenMax, [](char c) { return c > ' ' && c <= '~'; });
}

// A county's short name may stand before the number.
bool is_demand_id(std::string_view text) {
  return all(text, kDemandIdMax * 4,
             [](char c) { return is_alphanumeric(c) || c == '-' || (c & 0x80) != 0; }) &&
         !what_is_wrong(text, kDemandIdMax, false);
}

bool is_key(std::string_view text) {
  return is_lower(text.front()) && all(text, kKeyMax, [](char c) {
           return is_lower(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
         });
}

bool is_date(std::string_view text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  const auto number = [&](std::size_t from, std::size_t size, auto& out) {
    const auto part = text.substr(from, size);
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), out);
    return std::all_of(part.begin(), part.end(), is_digit) && error == std::errc{} &&
           end == part.data() + part.size();
  };
  return text.size() == 10 && text[4] == '-' && text[7] == '-' && number(0, 4, year) &&
         number(5, 2, month) && number(8, 2, day) &&
         std::chrono::year_month_day{std::chrono::year{year}, std::chrono::month{month},
                                     std::chrono::day{day}}
             .ok();
}

bool is_decimal(std::string_view text) {
  if (text.size() > kDecimalMax) return false;
  if (text.front() == '-') text.remove_prefix(1);
  const auto digits = [](std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), is_digit);
  };
  const auto point = text.find('.');
  if (point == text.npos) return digits(text);
  return digits(text.substr(0, point)) && digits(text.substr(point + 1));
}

bool is_subject(std::string_view text) {
  return all(text, kIdMax + 16,
             [](char c) { return is_alphanumeric(c) || c == '-' || c == '/' || c == '.'; });
}

constexpr std::string_view kLongestId =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
constexpr std::array kForms{
    Form{Format::FORMAT_COUNTY, is_county, "县编号，1至32位字母、数字或连字符",
         "a county id, 1 to 32 letters, digits or hyphens", "0123456789abcdef0123456789abcdef"},
    Form{Format::FORMAT_REQUEST_ID, is_request_id, "UUIDv7", "a UUID of version 7",
         "018fd0a0-5c00-7000-8000-000000000000"},
    Form{Format::FORMAT_READ_TOKEN, is_read_token, "读取令牌，形如 dispatch/7/901",
         "a read token, which looks like dispatch/7/901", "dispatch/47/18446744073709551615"},
    Form{Format::FORMAT_PAGE_TOKEN, is_page_token, "上一页给出的翻页标记，至多1024位",
         "what the page before gave, at most 1,024 characters", kLongestId},
    Form{Format::FORMAT_ID, is_id, "编号，1至64位字母、数字或连字符",
         "an id, 1 to 64 letters, digits or hyphens", kLongestId},
    Form{Format::FORMAT_DEMAND_ID, is_demand_id,
         "诉求编号，形如 230628-012 或 合阳-230628-012，至多40字",
         "a demand's number, which looks like 230628-012 or 合阳-230628-012, at most 40 characters",
         "0123456789abcdef0123456789abcdef01234567"},
    Form{Format::FORMAT_KEY, is_key, "1至64位小写字母、数字、点、横线或下划线，以字母开头",
         "1 to 64 of a-z, 0-9, '.', '-' and '_', beginning with a letter",
         "a123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
    Form{Format::FORMAT_DATE, is_date, "日期，形如 2023-06-28",
         "a date, which looks like 2023-06-28", "2023-06-28"},
    Form{Format::FORMAT_DECIMAL, is_decimal, "十进制数，至多20位",
         "a decimal number of at most 20 characters", "-123456789012345.678"},
    Form{Format::FORMAT_SUBJECT, is_subject, "对象，形如 organisations/o5，至多80位",
         "a subject, which looks like organisations/o5, at most 80 characters",
         "organisations/0123456789abcdef0123456789abcdef"},
};

}  // namespace

const Form* form_of(Format format) {
  const auto found = std::find_if(kForms.begin(), kForms.end(),
                                  [&](const Form& form) { return form.format == format; });
  return found == kForms.end() ? nullptr : &*found;
}

}  // namespace lianmeng::limits
