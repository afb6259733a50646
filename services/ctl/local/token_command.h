// `lianmengctl token key|issue`: keys and tokens for a demonstration, a test, a first start.
#pragma once

#include "ctl/options.h"

namespace lianmeng::ctl {

int run_token(const Parsed& parsed, const Options& options, const Environment& environment);

}  // namespace lianmeng::ctl
