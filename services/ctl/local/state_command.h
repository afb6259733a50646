// `lianmengctl state verify`.
#pragma once

#include "ctl/options.h"

namespace lianmeng::ctl {

int run_state(const Parsed& parsed, const Options& options, const Environment& environment);

}  // namespace lianmeng::ctl
