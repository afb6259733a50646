// All services as their descriptors tell them, made once.
#pragma once

#include "ctl/descriptors.h"

namespace lianmeng::fuzz {

const ctl::Catalogue& catalogue();

}  // namespace lianmeng::fuzz
