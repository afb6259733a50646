// `lianmengctl log copy`.
#pragma once

#include <string>

#include "ctl/options.h"

namespace lianmeng::ctl {

int run_log_copy(const std::string& data, const Parsed& parsed, const Options& options,
                 const Environment& environment);

}  // namespace lianmeng::ctl
