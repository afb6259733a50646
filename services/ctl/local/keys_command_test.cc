#include "ctl/local/keys_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>

#include "ctl/caller.h"
#include "ctl/help.h"
#include "platform/base/random.h"
#include "platform/seal/file_key_store.h"

namespace lianmeng::ctl {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class KeysTest : public ::testing::Test {
 protected:
  struct Ran {
    int code = 0;
    std::string out;
    std::string err;
  };

  void SetUp() override {
    auto pattern = (fs::temp_directory_path() / "lianmeng-ctl-keys-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override { fs::remove_all(root_); }

  std::unique_ptr<seal::KeyStore> open() {
    auto opened = seal::open_file_key_store({root_ / "keys", root_ / "master.key"},
                                            seal::system_random(), [](const std::string&) {});
    EXPECT_TRUE(opened.has_value());
    return std::move(*opened);
  }
  // As the program reads the words behind "keys".
  Ran run(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--data", root_.string()});
    std::ostringstream out;
    std::ostringstream err;
    std::istringstream in;
    SystemClock clock;
    SystemRandom random;
    const Environment environment{.out = out,
                                  .err = err,
                                  .in = in,
                                  .variable = {},
                                  .catch_stop = {},
                                  .stopped = {},
                                  .clock = clock,
                                  .random = random};
    Options options;
    const auto parsed = parse_arguments(arguments, find_built_in("keys")->flags, options);
    EXPECT_TRUE(parsed.has_value());
    const int code = run_keys(*parsed, options, environment);
    return {code, out.str(), err.str()};
  }

  fs::path root_;
};

TEST_F(KeysTest, BacksUpWhileTheStoreIsOpenAndRestoresWhenItIsNot) {
  const auto file = (root_ / "backup").string();
  auto store = open();
  const auto id = store->get_or_create("p1").value();
  const auto backup = run({"backup", "--to", file});
  EXPECT_EQ(backup.code, 0);
  EXPECT_THAT(backup.out, HasSubstr("keys    1"));
  EXPECT_THAT(backup.err, HasSubstr("The master key is not in it"));
  const auto locked = run({"restore", "--from", file});
  EXPECT_EQ(locked.code, 1);
  EXPECT_THAT(locked.err, HasSubstr("stop it first [KEY_STORE_LOCKED]"));
  store.reset();
  fs::remove_all(root_ / "keys");
  const auto restored = run({"restore", "--from", file, "-o", "json"});
  EXPECT_EQ(restored.code, 0);
  EXPECT_THAT(restored.out, HasSubstr("{\"restored\":1,\"keys\":1,\"erased\":0"));
  EXPECT_EQ(open()->get_or_create("p1").value(), id);
}

TEST_F(KeysTest, SaysWhatIsMissing) {
  EXPECT_EQ(run({"delete"}).code, 2);
  const auto nowhere = run({"backup"});
  EXPECT_EQ(nowhere.code, 2);
  EXPECT_THAT(nowhere.err, HasSubstr("with --to"));
  EXPECT_THAT(run({"restore"}).err, HasSubstr("with --from"));
  const auto none = run({"backup", "--to", (root_ / "backup").string()});
  EXPECT_EQ(none.code, 1);
  EXPECT_THAT(none.err, HasSubstr("KEY_STORE_MISSING"));
}

}  // namespace
}  // namespace lianmeng::ctl
