// `lianmengctl keys backup|restore`.
#pragma once

#include "ctl/options.h"

namespace lianmeng::ctl {

int run_keys(const Parsed& parsed, const Options& options, const Environment& environment);

}  // namespace lianmeng::ctl
