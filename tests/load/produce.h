// What a record costs that is produced by itself.
#pragma once

#include <chrono>
#include <string>

#include "load/histogram.h"

namespace lianmeng::load {

// Records one after another into a topic of its own on these brokers, which it deletes again.
// Throws std::runtime_error.
Histogram measure_produce(const std::string& bootstrap, std::chrono::milliseconds duration);

}  // namespace lianmeng::load
