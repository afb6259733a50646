// `lianmengctl log backup|restore|verify|copy`.
#pragma once

#include "ctl/options.h"

namespace lianmeng::ctl {

int run_log(const Parsed& parsed, const Options& options, const Environment& environment);

}  // namespace lianmeng::ctl
