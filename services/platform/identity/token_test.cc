#include "platform/identity/token.h"

#include <absl/strings/escaping.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/hmac.h>

#include <set>

#include "platform/identity/reasons.h"
#include "platform/identity/testing/tokens.h"

namespace lianmeng::identity {
namespace {

using nlohmann::json;

const Time kNow = *parse_rfc3339("2026-11-25T08:00:00.000Z");

std::string part(const json& value) { return absl::WebSafeBase64Escape(value.dump()); }

class VerifyToken : public ::testing::Test {
 protected:
  static const Key& rsa() {
    static const Key key = make_key(Algorithm::kRs256);
    return key;
  }
  static const Key& ec() {
    static const Key key = make_key(Algorithm::kEs256);
    return key;
  }
  static Result<Bearer> verify(const std::string& token, Time now = kNow) {
    static const KeySet keys = *KeySet::parse(key_set_of({rsa(), ec()}));
    static const TokenRules rules{.issuer = "https://id.test",
                                  .audience = "lianmeng",
                                  .leeway = Duration(60'000),
                                  .operators = {"root"}};
    return verify_token(rules, keys, token, now);
  }
  // The reason of the refusal, each of which is a sentence in both languages.
  static std::string refusal(const std::string& token, Time now = kNow) {
    const auto bearer = verify(token, now);
    if (bearer) return "taken";
    EXPECT_EQ(bearer.error().kind, ErrorKind::kUnauthenticated);
    for (const auto& text : {bearer.error().message_zh, bearer.error().message_en}) {
      EXPECT_FALSE(text.empty());
      EXPECT_EQ(text.find('{'), std::string::npos) << text;
    }
    return bearer.error().reason;
  }
  static json claims(const std::string& subject = "person:610524-p3") {
    return test_claims(subject, kNow);
  }
};

TEST_F(VerifyToken, SubjectActsUnderBothAlgorithms) {
  for (const auto& key : {rsa(), ec()}) {
    const auto bearer = verify(sign(key, claims()));
    ASSERT_TRUE(bearer) << bearer.error().message_en;
    EXPECT_EQ(to_string(bearer->actor), "person:610524-p3");
    EXPECT_EQ(bearer->until, kNow + std::chrono::hours(1) + std::chrono::seconds(60));
  }
  EXPECT_EQ(to_string(verify(sign(ec(), claims("county-system:tax")))->actor), "county-system:tax");
}

TEST_F(VerifyToken, ActSaysWhoActsForTheSubject) {
  auto given = claims("person:610524-p4");
  given["act"] = {{"sub", "county-system:tax"}};
  EXPECT_EQ(to_string(verify(sign(ec(), given))->actor), "county-system:tax;for=610524-p4");
}

TEST_F(VerifyToken, ActForOtherThanAPersonOrThroughSeveralHandsIsRefused) {
  auto given = claims("county-system:tax");
  given["act"] = {{"sub", "county-system:bank"}};
  EXPECT_EQ(refusal(sign(ec(), given)), "TOKEN_SUBJECT");
  given = claims("person:610524-p4");
  given["act"] = {{"sub", "county-system:tax"}, {"act", {{"sub", "county-system:bank"}}}};
  EXPECT_EQ(refusal(sign(ec(), given)), "TOKEN_SUBJECT");
  given["act"] = "county-system:tax";
  EXPECT_EQ(refusal(sign(ec(), given)), "TOKEN_SUBJECT");
}

TEST_F(VerifyToken, SubjectThatIsNoActorIsRefused) {
  for (const auto* subject : {"", "alice", "system", "person:", "person:610524-p3;for=610524-p4"}) {
    EXPECT_EQ(refusal(sign(ec(), claims(subject))), "TOKEN_SUBJECT") << subject;
  }
  auto given = claims();
  given.erase("sub");
  EXPECT_EQ(refusal(sign(ec(), given)), "TOKEN_SUBJECT");
  given["sub"] = 7;
  EXPECT_EQ(refusal(sign(ec(), given)), "TOKEN_SUBJECT");
}

TEST_F(VerifyToken, OperatorIsOneOfThoseConfigured) {
  EXPECT_EQ(to_string(verify(sign(ec(), claims("operator:root")))->actor), "operator:root");
  EXPECT_EQ(refusal(sign(ec(), claims("operator:mallory"))), "TOKEN_OPERATOR");
  auto given = claims("person:610524-p4");
  given["act"] = {{"sub", "operator:mallory"}};
  EXPECT_EQ(refusal(sign(ec(), given)), "TOKEN_OPERATOR");
}

TEST_F(VerifyToken, ExpiredBeyondTheLeewayIsRefusedAndSaysWhen) {
  const auto token = sign(ec(), claims());
  const auto expires = kNow + std::chrono::hours(1);
  EXPECT_EQ(refusal(token, expires + Duration(59'999)), "taken");
  EXPECT_EQ(refusal(token, expires + Duration(60'000)), "TOKEN_EXPIRED");
  EXPECT_THAT(verify(token, expires + Duration(60'000)).error().message_zh,
              ::testing::HasSubstr("2026-11-25T09:00:00.000Z"));
}

TEST_F(VerifyToken, WithoutAnEndIsRefused) {
  auto given = claims();
  given.erase("exp");
  EXPECT_EQ(refusal(sign(ec(), given)), "TOKEN_MALFORMED");
  for (const json& time : {json("tomorrow"), json(-1), json(1e300), json(nullptr)}) {
    given["exp"] = time;
    EXPECT_EQ(refusal(sign(ec(), given)), "TOKEN_MALFORMED") << time;
  }
}

TEST_F(VerifyToken, NotYetValidBeyondTheLeewayIsRefused) {
  for (const auto* name : {"nbf", "iat"}) {
    auto given = claims();
    given[name] = seconds_of(kNow) + 60;
    EXPECT_EQ(refusal(sign(ec(), given)), "taken") << name;
    given[name] = seconds_of(kNow) + 61;
    EXPECT_EQ(refusal(sign(ec(), given)), "TOKEN_NOT_YET_VALID") << name;
    given[name] = "soon";
    EXPECT_EQ(refusal(sign(ec(), given)), "TOKEN_MALFORMED") << name;
  }
}

TEST_F(VerifyToken, AudienceIsOursOrHasOurs) {
  auto given = claims();
  given["aud"] = {"console", "lianmeng"};
  EXPECT_EQ(refusal(sign(ec(), given)), "taken");
  given["aud"] = "console";
  EXPECT_EQ(refusal(sign(ec(), given)), "TOKEN_AUDIENCE");
  given["aud"] = json::array();
  EXPECT_EQ(refusal(sign(ec(), given)), "TOKEN_AUDIENCE");
  given.erase("aud");
  EXPECT_EQ(refusal(sign(ec(), given)), "TOKEN_AUDIENCE");
  given["aud"] = {"lianmeng", 7};
  EXPECT_EQ(refusal(sign(ec(), given)), "TOKEN_MALFORMED");
}

TEST_F(VerifyToken, OfAnotherIssuerIsRefused) {
  auto given = claims();
  given["iss"] = "https://id.test/";
  EXPECT_EQ(refusal(sign(ec(), given)), "TOKEN_ISSUER");
  given.erase("iss");
  EXPECT_EQ(refusal(sign(ec(), given)), "TOKEN_ISSUER");
}

TEST_F(VerifyToken, ByAnUnknownKeyIsRefused) {
  EXPECT_EQ(refusal(sign(make_key(Algorithm::kEs256), claims())), "TOKEN_KEY_UNKNOWN");
}

TEST_F(VerifyToken, WithOneCharacterChangedIsRefused) {
  const auto token = sign(rsa(), claims());
  const auto payload = token.find('.') + 1;
  auto changed = token;
  changed[payload + 5] = changed[payload + 5] == 'A' ? 'B' : 'A';
  EXPECT_EQ(refusal(changed), "TOKEN_SIGNATURE");
  changed = token;
  changed[token.rfind('.') + 9] = changed[token.rfind('.') + 9] == 'A' ? 'B' : 'A';
  EXPECT_EQ(refusal(changed), "TOKEN_SIGNATURE");
}

// The name of one key over the signature of another.
TEST_F(VerifyToken, ByAnotherKeyUnderAKnownNameIsRefused) {
  auto stolen = json::parse(make_key(Algorithm::kEs256).to_json(true));
  stolen["kid"] = ec().id();
  EXPECT_EQ(refusal(sign(*Key::parse(stolen.dump()), claims())), "TOKEN_SIGNATURE");
}

TEST_F(VerifyToken, WithoutASignatureIsRefused) {
  for (const auto* none : {"none", "None", "NONE", ""}) {
    EXPECT_EQ(refusal(part({{"alg", none}, {"kid", ec().id()}}) + "." + part(claims()) + "."),
              "TOKEN_ALGORITHM");
  }
  // The head of a good one, and nothing behind it.
  const auto token = sign(ec(), claims());
  EXPECT_EQ(refusal(token.substr(0, token.rfind('.') + 1)), "TOKEN_SIGNATURE");
}

// The public key taken for a shared secret: the classic confusion of algorithms.
TEST_F(VerifyToken, SignedWithThePublicKeyAsASecretIsRefused) {
  const auto secret = rsa().to_json(false);
  const auto head = part({{"alg", "HS256"}, {"kid", rsa().id()}}) + "." + part(claims());
  unsigned char mac[32];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(head.data()), head.size(), mac, &size);
  const auto token =
      head + "." +
      absl::WebSafeBase64Escape(absl::string_view(reinterpret_cast<const char*>(mac), size));
  EXPECT_EQ(refusal(token), "TOKEN_ALGORITHM");
}

// A header that says one thing to one parser and another to the next.
TEST_F(VerifyToken, HeaderWithTwoAlgorithmsIsRefused) {
  const auto token = sign(ec(), claims());
  for (const auto* head :
       {R"({"alg":"ES256","alg":"none","kid":")", R"({"alg":"none","alg":"ES256","kid":")",
        R"({"alg":"HS256","alg":"ES256","kid":")"}) {
    const auto changed =
        absl::WebSafeBase64Escape(head + ec().id() + "\"}") + token.substr(token.find('.'));
    EXPECT_NE(refusal(changed), "taken") << head;
  }
}

TEST_F(VerifyToken, AlgorithmThatIsNotTheKeysIsRefused) {
  const auto token = sign(ec(), claims());
  const auto rest = token.substr(token.find('.'));
  EXPECT_EQ(refusal(part({{"alg", "RS256"}, {"kid", ec().id()}}) + rest), "TOKEN_KEY_UNKNOWN");
  EXPECT_EQ(refusal(part({{"alg", "ES384"}, {"kid", ec().id()}}) + rest), "TOKEN_ALGORITHM");
}

// On some of these libcjose would end the process.
TEST_F(VerifyToken, WhatIsNotBase64UrlIsRefused) {
  const auto token = sign(ec(), claims());
  const auto head = token.substr(0, token.find('.') + 1);
  for (const auto* rest : {"A.AAAA", "AAAAA.AAAA", "A=.AAAA", "AA=A.AAAA", "=.=", "AAAA.A",
                           "A+/A.AA", "AAAA.AAA=A", "AA A.AAAA", "县.AAAA", ".", "====.===="}) {
    EXPECT_EQ(refusal(head + rest), "TOKEN_SIGNATURE") << rest;
  }
  for (std::size_t at = head.size(); at < token.size(); ++at) {
    for (const char c : {'=', '.', '\0', '+'}) {
      if (token[at] == c) continue;
      auto changed = token;
      changed[at] = c;
      EXPECT_NE(refusal(changed), "taken");
    }
    EXPECT_NE(refusal(token.substr(0, at)), "taken");
  }
}

TEST_F(VerifyToken, CriticalExtensionsAreRefused) {
  const auto token = sign(ec(), claims());
  EXPECT_EQ(refusal(part({{"alg", "ES256"}, {"kid", ec().id()}, {"crit", {"b64"}}}) +
                    token.substr(token.find('.'))),
            "TOKEN_MALFORMED");
}

TEST_F(VerifyToken, WhatIsNoTokenIsRefused) {
  for (const auto& text :
       {std::string(), std::string("a.b"), std::string("a.b.c"), std::string("...."),
        std::string("a.b.c.d.e"), std::string(kTokenBytesMax + 1, 'a')}) {
    EXPECT_EQ(refusal(text), "TOKEN_MALFORMED");
  }
  EXPECT_EQ(refusal(sign(ec(), json::array({1, 2}))), "TOKEN_MALFORMED");
}

TEST_F(VerifyToken, WithoutANameIsOfTheOnlyKeyOfItsAlgorithm) {
  auto nameless = json::parse(ec().to_json(true));
  nameless.erase("kid");
  EXPECT_EQ(refusal(sign(*Key::parse(nameless.dump()), claims())), "taken");
}

// Cut where a character ends, so that the answer can be sent.
TEST_F(VerifyToken, WhatIsToldBackIsShort) {
  std::string subject;
  for (int i = 0; i < 1000; ++i) subject += "县";
  const auto bearer = verify(sign(ec(), claims(subject)));
  ASSERT_FALSE(bearer);
  EXPECT_EQ(bearer.error().metadata.at("given").size(), 99 + std::string("…").size());
}

TEST(Reasons, EachHasItsOwnCodeAndBothTexts) {
  std::set<std::string_view> codes;
  for (const auto* reason : reasons()) {
    EXPECT_TRUE(codes.insert(reason->code).second) << reason->code;
    EXPECT_FALSE(reason->zh.empty());
    EXPECT_FALSE(reason->en.empty());
  }
}

}  // namespace
}  // namespace lianmeng::identity
