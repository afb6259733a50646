// The program: which command was meant, and its exit code.
#pragma once

#include <string>
#include <vector>

#include "ctl/descriptors.h"
#include "ctl/options.h"

namespace lianmeng::ctl {

// `arguments` without the program's name. Answers go to environment.out, all else to .err.
int run(const Catalogue& catalogue, const std::vector<std::string>& arguments,
        const Environment& environment);

}  // namespace lianmeng::ctl
