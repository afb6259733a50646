// Completion for shells: a small script asks the program itself, so a new RPC completes at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ctl/descriptors.h"
#include "platform/base/error.h"

namespace lianmeng::ctl {

Result<std::string> completion_script(std::string_view shell);

// What may stand in place of the last of the words (which may be empty or half written).
std::vector<std::string> complete(const Catalogue& catalogue,
                                  const std::vector<std::string>& typed);

}  // namespace lianmeng::ctl
