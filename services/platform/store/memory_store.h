// The store's twin in memory: the simulation, tests, and a process that keeps nothing.
#pragma once

#include <memory>

#include "platform/store/store.h"

namespace lianmeng::store {

// What was committed stays until the Store goes, so closing and opening a partition again is a
// restart. Limits: everything is in memory.
std::unique_ptr<Store> open_memory_store();

}  // namespace lianmeng::store
