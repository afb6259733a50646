// What a simulation is told: which seeds, and whether to plant a fault.
#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

namespace lianmeng::testing {

struct Seeds {
  std::uint64_t first = 1;
  std::uint64_t count = 0;
  // The log loses acknowledged records. No run survives that for long, so it shows that a failure
  // is found, told with its seed, and repeated by it.
  bool plant_fault = false;
};

// From `--first=N --seeds=N --plant-fault`; `count` unless told.
inline Seeds seeds_of(int argc, char** argv, std::uint64_t count) {
  Seeds seeds;
  seeds.count = count;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag(argv[i]);
    const auto take = [&](std::string_view name, std::uint64_t& out) {
      if (!flag.starts_with(name)) return;
      std::from_chars(flag.data() + name.size(), flag.data() + flag.size(), out);
    };
    take("--first=", seeds.first);
    take("--seeds=", seeds.count);
    if (flag == "--plant-fault") seeds.plant_fault = true;
  }
  return seeds;
}

}  // namespace lianmeng::testing
