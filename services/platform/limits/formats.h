// What a text of each lianmeng.platform.v1.Format is: the check, and the words that say it.
#pragma once

#include <string_view>

#include "lianmeng/platform/v1/options.pb.h"

namespace lianmeng::limits {

struct Form {
  platform::v1::Format format;
  bool (*is)(std::string_view text);  // Of a text that is given.
  std::string_view zh;
  std::string_view en;
  std::string_view longest;  // The longest text, or one of them: what tests of sizes take.
};

// Null for FORMAT_UNSPECIFIED.
const Form* form_of(platform::v1::Format format);

}  // namespace lianmeng::limits
