#include "platform/identity/key_set.h"

#include <gtest/gtest.h>

#include "platform/identity/testing/tokens.h"

namespace lianmeng::identity {
namespace {

using nlohmann::json;

std::string refusal(const std::string& text) {
  const auto set = KeySet::parse(text);
  return set ? "read" : set.error().reason;
}

std::string with(const json& key) { return json{{"keys", {key}}}.dump(); }

TEST(KeySet, HoldsTheKeysOfBothAlgorithms) {
  const auto rsa = make_key(Algorithm::kRs256);
  const auto ec = make_key(Algorithm::kEs256);
  const auto set = KeySet::parse(key_set_of({rsa, ec}));
  ASSERT_TRUE(set) << set.error().message_en;
  EXPECT_EQ(set->keys().size(), 2u);
  EXPECT_NE(set->find(rsa.id(), Algorithm::kRs256), nullptr);
  EXPECT_EQ(set->find(rsa.id(), Algorithm::kEs256), nullptr);
  EXPECT_EQ(set->find("other", Algorithm::kEs256), nullptr);
}

TEST(KeySet, WithoutANameIsTheOnlyKeyOrNone) {
  const auto one = make_key(Algorithm::kEs256);
  EXPECT_NE(KeySet::parse(key_set_of({one}))->find("", Algorithm::kEs256), nullptr);
  const auto two = KeySet::parse(key_set_of({one, make_key(Algorithm::kEs256)}));
  EXPECT_EQ(two->find("", Algorithm::kEs256), nullptr);
}

TEST(KeySet, PassesOverKeysThatAreNotForTheseSignatures) {
  const auto good = json::parse(make_key(Algorithm::kEs256).to_json(false));
  auto encrypts = good;
  encrypts["use"] = "enc";
  auto other = good;
  other["alg"] = "ES384";
  const json others{encrypts,
                    other,
                    {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", "AA"}},
                    {{"kty", "oct"}, {"k", "AA"}},
                    {{"kty", "EC"}, {"crv", "P-384"}, {"x", "AA"}, {"y", "AA"}}};
  auto all = others;
  all.push_back(good);
  EXPECT_EQ(KeySet::parse(json{{"keys", all}}.dump())->keys().size(), 1u);
  EXPECT_EQ(refusal(json{{"keys", others}}.dump()), "KEYS_NONE");
}

TEST(KeySet, WithAPrivateKeyIsRefused) {
  EXPECT_EQ(refusal(with(json::parse(make_key(Algorithm::kEs256).to_json(true)))), "KEYS_PRIVATE");
}

TEST(KeySet, ThatIsNoneIsRefused) {
  for (const auto* text : {"", "[]", "{}", R"({"keys":7})", R"({"keys":[7]})",
                           R"({"keys":[{"kty":"EC","crv":"P-256","x":"AA"}]})",
                           R"({"keys":[{"kty":"RSA","n":"AQAB"}]})",
                           R"({"keys":[{"kty":"RSA","n":"AQ=AB","e":"AQAB"}]})",
                           R"({"keys":[{"kty":"RSA","n":"AQAB","e":7}]})"}) {
    EXPECT_EQ(refusal(text), "KEYS_MALFORMED") << text;
  }
  EXPECT_EQ(refusal(R"({"keys":[]})"), "KEYS_NONE");
  EXPECT_EQ(refusal(std::string(kKeySetBytesMax + 1, ' ')), "KEYS_MALFORMED");
  json many = json::array();
  for (std::size_t i = 0; i <= kKeysMax; ++i) many.push_back({{"kty", "oct"}});
  EXPECT_EQ(refusal(json{{"keys", many}}.dump()), "KEYS_MALFORMED");
}

// A modulus of 1024 bits.
TEST(KeySet, PassesOverAKeyThatIsTooShort) {
  const json weak{{"kty", "RSA"}, {"e", "AQAB"}, {"n", std::string(170, 'w') + "w"}};
  EXPECT_EQ(refusal(with(weak)), "KEYS_NONE");
}

// By an exponent of 1 the padded hash is its own signature.
TEST(KeySet, PassesOverAKeyByWhichEverybodySigns) {
  auto key = json::parse(make_key(Algorithm::kRs256).to_json(false));
  for (const auto* exponent : {"AQ", "AA", "", "AB", "Ag", "AAAAAQ", "AQAA", "AQAAAAAAAAAB"}) {
    key["e"] = exponent;
    EXPECT_NE(refusal(with(key)), "read") << exponent;
  }
  key["e"] = "Aw";
  EXPECT_EQ(refusal(with(key)), "read");
}

TEST(Key, IsNamedByItsThumbprint) {
  const auto key = make_key(Algorithm::kRs256);
  EXPECT_EQ(key.id().size(), 43u);
  EXPECT_EQ(Key::parse(key.to_json(true))->id(), key.id());
  EXPECT_TRUE(Key::parse(key.to_json(true))->is_private());
  EXPECT_FALSE(Key::parse(key.to_json(false))->is_private());
  EXPECT_FALSE(Key::parse(key.to_json(false))->sign("{}"));
}

}  // namespace
}  // namespace lianmeng::identity
