// Telephone, identity and card numbers in free text. Pure.
//
// Seen through: digits of full width, blanks, dashes and invisible characters between digits, +86
// and 0086 before a telephone number, X as the last digit of an identity number.
//
//   mobile     11 digits from 13 to 19        138****5678
//   landline   area code, 7 or 8 digits       0913-***4567
//   identity   18 with a possible birthday, the last may be X; 15 likewise       **************123X
//   card       13 to 19 digits that begin with 3 to 6, by Luhn's check           ************7890
//   whatever   16 digits and more without a gap                                  ************7890
//
// What it cannot tell apart it masks, but it leaves alone the numbers that the county's texts are
// full of: those of demands (230628-012), dates and times, amounts of up to 10 digits.
#pragma once

#include <string>
#include <string_view>

namespace lianmeng {

// The text with such numbers masked; masking twice changes nothing more.
std::string mask_personal_numbers(std::string_view text);
// Whether there is anything to mask.
bool has_personal_number(std::string_view text);

}  // namespace lianmeng
