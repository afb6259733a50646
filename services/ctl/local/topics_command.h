// `lianmengctl topics plan|apply|check`.
#pragma once

#include "ctl/options.h"

namespace lianmeng::ctl {

int run_topics(const Parsed& parsed, const Options& options, const Environment& environment);

}  // namespace lianmeng::ctl
