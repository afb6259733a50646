#include "platform/process/trust.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/identity/testing/authority.h"
#include "platform/identity/testing/tokens.h"

namespace lianmeng::process {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TrustFilesTest : public ::testing::Test {
 protected:
  TrustFilesTest() {
    const auto issued = authority_.issue({"DNS:dispatch-0"});
    tls_.tls.certificate_file = folder_.write("tls.crt", issued.certificate);
    tls_.tls.key_file = folder_.write("tls.key", issued.key);
    tls_.tls.ca_file = folder_.write("ca.crt", authority_.certificate());
    tokens_.tokens.keys_file = folder_.write(
        "keys.json", identity::key_set_of({identity::make_key(identity::Algorithm::kEs256)}));
    tokens_.tokens.issuer = "https://id.test";
    tokens_.tokens.audience = "lianmeng";
  }
  Result<std::unique_ptr<TrustFiles>> open(const Config& config, const Hosts& hosts = {}) {
    return TrustFiles::open(config, hosts, clock_, metrics_);
  }
  std::string refusal(const Config& config, const Hosts& hosts = {}) {
    const auto files = open(config, hosts);
    return files ? "opened" : files.error().reason + ": " + files.error().message_en;
  }

  SystemClock clock_;
  obs::Metrics metrics_;
  identity::TestFolder folder_;
  const identity::TestAuthority authority_{"Test"};
  Config tls_;
  Config tokens_;
};

TEST_F(TrustFilesTest, WithoutOptionsCallersAreBelievedAndNothingIsEncrypted) {
  const auto files = open({});
  ASSERT_TRUE(files);
  EXPECT_EQ((*files)->trust().tokens, nullptr);
  EXPECT_EQ((*files)->certificates(), nullptr);
  EXPECT_EQ((*files)->between_pods(), nullptr);
}

TEST_F(TrustFilesTest, APodIsKnownByTheHostItIsCalledAt) {
  Hosts hosts;
  hosts.peers = {{"dispatch-1", "dispatch-1.dispatch:50051"}, {"dispatch-2", "127.0.0.1:7"}};
  const auto files = open(tls_, hosts);
  ASSERT_TRUE(files) << files.error().message_en;
  EXPECT_THAT((*files)->trust().peers, ElementsAre("dispatch-1.dispatch", "127.0.0.1"));
  EXPECT_NE((*files)->between_pods(), nullptr);
}

TEST_F(TrustFilesTest, PodsOfOtherMachinesAreNotCalledInTheClear) {
  Hosts hosts;
  hosts.peers = {{"dispatch-1", "127.0.0.1:7"}, {"dispatch-2", "dispatch-2.dispatch:50051"}};
  EXPECT_THAT(refusal({}, hosts), HasSubstr("TRUST_INCOMPLETE: hosts.peers names dispatch-2"));
  hosts.peers.pop_back();
  EXPECT_EQ(refusal({}, hosts), "opened");
}

TEST_F(TrustFilesTest, TheMetricTellsWhenTheCertificateEnds) {
  const auto files = open(tls_);
  ASSERT_TRUE(files) << files.error().message_en;
  EXPECT_THAT(metrics_.text(), HasSubstr("lianmeng_tls_certificate_expiry_timestamp_seconds 1"));
}

TEST_F(TrustFilesTest, OptionsThatNeedOthersSayWhich) {
  auto config = tls_;
  config.tls.certificate_file.clear();
  config.tls.key_file.clear();
  EXPECT_THAT(refusal(config), HasSubstr("TRUST_INCOMPLETE: tls.ca_file and"));
  config = tls_;
  config.tls.key_file.clear();
  EXPECT_THAT(refusal(config), HasSubstr("TLS_INCOMPLETE"));
  config = tls_;
  config.tls.ca_file.clear();
  Hosts hosts;
  hosts.peers = {{"dispatch-1", "dispatch-1:50051"}};
  EXPECT_THAT(refusal(config, hosts), HasSubstr("tls.ca_file must say who vouches"));
  config = tokens_;
  config.tokens.audience.clear();
  EXPECT_THAT(refusal(config), HasSubstr("set both beside the keys"));
  config = tokens_;
  config.tokens.keys_file.clear();
  EXPECT_THAT(refusal(config), HasSubstr("set tokens.keys_file or tokens.keys_url"));
  config = tokens_;
  config.tokens.keys_url = "https://id.test/jwks";
  EXPECT_THAT(refusal(config), HasSubstr("KEYS_PLACE"));
  config = tokens_;
  config.rpc_default_actor = "person:610524-p3";
  EXPECT_THAT(refusal(config), HasSubstr("rpc.default_actor lets calls act without proof"));
  EXPECT_EQ(refusal(tokens_), "opened");
}

}  // namespace
}  // namespace lianmeng::process
