#include "ctl/local/token_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "ctl/help.h"
#include "platform/base/random.h"
#include "platform/identity/token.h"

namespace lianmeng::ctl {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class TokenTest : public ::testing::Test {
 protected:
  struct Ran {
    int code = 0;
    std::string out;
    std::string err;
  };

  void SetUp() override {
    auto pattern = (fs::temp_directory_path() / "lianmeng-ctl-token-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override { fs::remove_all(root_); }

  std::string path(const std::string& name) const { return (root_ / name).string(); }

  // As the program reads the words behind "token".
  Ran run(const std::vector<std::string>& arguments) {
    std::ostringstream out;
    std::ostringstream err;
    std::istringstream in;
    SystemRandom random;
    const Environment environment{.out = out,
                                  .err = err,
                                  .in = in,
                                  .variable = {},
                                  .catch_stop = {},
                                  .stopped = {},
                                  .clock = clock_,
                                  .random = random};
    Options options;
    const auto parsed = parse_arguments(arguments, find_built_in("token")->flags, options);
    EXPECT_TRUE(parsed.has_value());
    const int code = run_token(*parsed, options, environment);
    return {code, out.str(), err.str()};
  }
  Ran make_key(const std::string& name, const std::string& algorithm = "ES256") {
    return run({"key", "--key", path(name), "--keys", path("keys.json"), "--alg", algorithm});
  }
  // Who a server would take for the bearer.
  std::string bearer(const std::vector<std::string>& arguments) {
    std::vector<std::string> all{"issue", "--issuer", "https://id.test", "--audience", "lianmeng"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    auto issued = run(all);
    EXPECT_EQ(issued.code, 0) << issued.err;
    issued.out.pop_back();  // The line's end.
    std::ifstream in(path("keys.json"));
    const auto keys = identity::KeySet::parse(std::string(std::istreambuf_iterator<char>(in), {}));
    EXPECT_TRUE(keys) << keys.error().message_en;
    const auto found = identity::verify_token(
        {.issuer = "https://id.test", .audience = "lianmeng", .operators = {"root"}}, *keys,
        issued.out, clock_.now());
    return found ? to_string(found->actor) : found.error().reason;
  }

  SystemClock clock_;
  fs::path root_;
};

TEST_F(TokenTest, WhatItIssuesAServerTakes) {
  for (const auto* algorithm : {"ES256", "RS256"}) {
    ASSERT_EQ(make_key(algorithm, algorithm).code, 0);
    const std::vector<std::string> key{"--key", path(algorithm)};
    const auto with = [&](std::vector<std::string> more) {
      more.insert(more.begin(), key.begin(), key.end());
      return bearer(more);
    };
    EXPECT_EQ(with({"--sub", "610524-p3"}), "person:610524-p3");
    EXPECT_EQ(with({"--sub", "operator:root"}), "operator:root");
    EXPECT_EQ(with({"--sub", "610524-p4", "--act", "county-system:tax"}),
              "county-system:tax;for=610524-p4");
  }
}

TEST_F(TokenTest, ALaterKeyIsAddedToThePublicOnes) {
  ASSERT_EQ(make_key("one").code, 0);
  ASSERT_EQ(make_key("two").code, 0);
  EXPECT_EQ(bearer({"--key", path("one"), "--sub", "610524-p3"}), "person:610524-p3");
  EXPECT_EQ(bearer({"--key", path("two"), "--sub", "610524-p3"}), "person:610524-p3");
}

TEST_F(TokenTest, APrivateKeyIsItsOwnersAndNeverOverwritten) {
  ASSERT_EQ(make_key("one").code, 0);
  struct stat info {};
  ASSERT_EQ(::stat(path("one").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const auto again = make_key("one");
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.err, HasSubstr("[FILE_NOT_WRITTEN]"));
}

TEST_F(TokenTest, SaysWhatIsMissing) {
  EXPECT_EQ(run({"renew"}).code, 2);
  EXPECT_EQ(run({"key", "--key", path("one")}).code, 2);
  EXPECT_THAT(run({"issue", "--key", path("one")}).err, HasSubstr("--sub"));
  ASSERT_EQ(make_key("one").code, 0);
  const auto with_public = run({"issue", "--key", path("keys.json"), "--sub", "610524-p3",
                                "--issuer", "a", "--audience", "b"});
  EXPECT_EQ(with_public.code, 1);
  EXPECT_THAT(with_public.err, HasSubstr("is no private key"));
}

}  // namespace
}  // namespace lianmeng::ctl
