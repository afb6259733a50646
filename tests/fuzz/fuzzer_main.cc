// lianmeng-fuzz: libFuzzer on the target that LIANMENG_FUZZ_TARGET names.
//
//   LIANMENG_FUZZ_TARGET=list lianmeng-fuzz             the names of all
//   LIANMENG_FUZZ_TARGET=examples lianmeng-fuzz FOLDER  writes FOLDER/<target>/example-<n>
#include <google/protobuf/stubs/logging.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "fuzz/target.h"

namespace {

namespace fs = std::filesystem;
using lianmeng::fuzz::targets;

void (*g_run)(std::string_view bytes) = nullptr;

void write_examples(const fs::path& folder) {
  for (const auto& target : targets()) {
    fs::create_directories(folder / target.name);
    int number = 0;
    for (const auto& example : target.examples()) {
      std::ofstream out(folder / target.name / ("example-" + std::to_string(++number)),
                        std::ios::binary);
      out.write(example.data(), static_cast<std::streamsize>(example.size()));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  const char* given = std::getenv("LIANMENG_FUZZ_TARGET");
  const std::string_view wanted = given == nullptr ? "" : given;
  if (wanted == "list") {
    for (const auto& target : targets()) std::puts(target.name.c_str());
    std::exit(0);
  }
  if (wanted == "examples" && *argc == 2) {
    write_examples((*argv)[1]);
    std::exit(0);
  }
  for (const auto& target : targets()) {
    if (target.name == wanted) g_run = target.run;
  }
  google::protobuf::SetLogHandler(nullptr);  // It tells each text that is no UTF-8.
  if (g_run == nullptr) {
    std::fputs("LIANMENG_FUZZ_TARGET names no target; `list` prints them.\n", stderr);
    std::exit(1);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  g_run({reinterpret_cast<const char*>(data), size});
  return 0;
}
