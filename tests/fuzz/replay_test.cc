// Each target over its examples and each file of its corpus, in the ordinary build: what a fuzzer
// once found stays a test. Then over many small changes to these, always the same ones.
#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "fuzz/target.h"
#include "platform/base/random.h"

namespace lianmeng::fuzz {
namespace {

namespace fs = std::filesystem;

const fs::path kCorpus = LIANMENG_FUZZ_CORPUS;
std::uint64_t g_changes = 20'000;  // Of each target's inputs; --changes=N for a longer search.
constexpr std::size_t kChangedBytesMax = 4096;

// What runs now, for the one who finds the process dead.
std::string g_input;

extern "C" void tell_input(int signal) {
  // Only what may be called from a handler.
  static constexpr char kHex[] = "0123456789abcdef";
  for (const unsigned char byte : g_input) {
    const char digits[] = {kHex[byte >> 4], kHex[byte & 15]};
    (void)!::write(STDERR_FILENO, digits, 2);
  }
  (void)!::write(STDERR_FILENO, " is the input, in hex\n", 22);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

// One small change: a bit, a byte, a stretch left out, doubled or taken from another input.
std::string change(std::string bytes, const std::string& other, Random& random) {
  static constexpr char kSpecial[] = {'\0', '\n', '"', '/', ':', '-', '9', '\x7f', '\xff'};
  if (bytes.empty()) return other;
  const auto at = random.below(bytes.size());
  const auto length = 1 + random.below(std::min<std::size_t>(bytes.size() - at, 16));
  switch (random.below(6)) {
    case 0:
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
      break;
    case 1:
      bytes[at] = kSpecial[random.below(sizeof kSpecial)];
      break;
    case 2:
      bytes.erase(at, length);
      break;
    case 3:
      bytes.insert(at, bytes.substr(at, length));
      break;
    case 4:
      bytes.insert(at, 1, kSpecial[random.below(sizeof kSpecial)]);
      break;
    default:
      if (!other.empty()) bytes.replace(at, length, other.substr(random.below(other.size())));
      break;
  }
  if (bytes.size() > kChangedBytesMax) bytes.resize(kChangedBytesMax);
  return bytes;
}

class Replay : public ::testing::Test {
 public:
  explicit Replay(Target target) : target_(std::move(target)) {}

  void TestBody() override {
    auto inputs = target_.examples();
    ASSERT_FALSE(inputs.empty());
    std::set<fs::path> files;
    if (fs::exists(kCorpus / target_.name)) {
      for (const auto& file : fs::directory_iterator(kCorpus / target_.name)) {
        files.insert(file.path());
      }
    }
    for (const auto& file : files) {
      std::ifstream in(file, std::ios::binary);
      inputs.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    run({});
    for (const auto& input : inputs) run(input);
    SeededRandom random(1);
    auto changed = inputs.front();
    for (std::uint64_t i = 0; i < g_changes; ++i) {
      if (random.one_in(4)) changed = inputs[random.below(inputs.size())];
      changed = change(std::move(changed), inputs[random.below(inputs.size())], random);
      run(changed);
    }
  }

 private:
  void run(const std::string& bytes) {
    g_input = bytes;
    target_.run(g_input);
  }

  const Target target_;
};

TEST(Corpus, EveryFolderHasItsTargetAndEveryTargetItsFolder) {
  std::set<std::string> names;
  for (const auto& target : targets()) names.insert(target.name);
  std::set<std::string> folders;
  for (const auto& folder : fs::directory_iterator(kCorpus)) {
    if (!fs::is_empty(folder)) folders.insert(folder.path().filename().string());
  }
  EXPECT_EQ(folders, names);
}

}  // namespace
}  // namespace lianmeng::fuzz

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag(argv[i]);
    constexpr std::string_view kName = "--changes=";
    if (!flag.starts_with(kName)) continue;
    std::from_chars(flag.data() + kName.size(), flag.data() + flag.size(),
                    lianmeng::fuzz::g_changes);
  }
  google::protobuf::SetLogHandler(nullptr);  // It tells each text that is no UTF-8.
  for (const auto signal : {SIGABRT, SIGSEGV}) std::signal(signal, lianmeng::fuzz::tell_input);
  for (const auto& target : lianmeng::fuzz::targets()) {
    ::testing::RegisterTest("Replay", target.name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                            [target] { return new lianmeng::fuzz::Replay(target); });
  }
  return RUN_ALL_TESTS();
}
