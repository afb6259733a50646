#include "platform/rpc/metadata.h"

#include <gtest/gtest.h>

#include "platform/base/trace.h"

namespace lianmeng::rpc {
namespace {

class ReadMetadata : public ::testing::Test {
 protected:
  Result<Caller> read(RawMetadata raw, std::optional<Actor> stand_in = std::nullopt) {
    return read_metadata(raw, stand_in, random_);
  }
  SeededRandom random_{1};
};

TEST_F(ReadMetadata, NamesTheActorAndWhomItActsFor) {
  const auto caller = read({.actor = "county-system:tax;for=610524-p4"});
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->actor.kind, Actor::Kind::kCountySystem);
  EXPECT_EQ(caller->actor.id, "tax");
  EXPECT_EQ(caller->actor.on_behalf_of, "610524-p4");
}

TEST_F(ReadMetadata, WithoutAnActorTheStandInActs) {
  const Actor stand_in{Actor::Kind::kPerson, "610524-p1", ""};
  EXPECT_EQ(read({}, stand_in)->actor, stand_in);
  EXPECT_EQ(read({.actor = "person:610524-p2"}, stand_in)->actor.id, "610524-p2");
}

TEST_F(ReadMetadata, WithoutBothTheCallIsRefused) {
  EXPECT_EQ(read({}).error().reason, "ACTOR_MISSING");
  EXPECT_EQ(read({}).error().kind, ErrorKind::kUnauthenticated);
}

TEST_F(ReadMetadata, NobodyActsAsTheSystem) {
  EXPECT_EQ(read({.actor = "system"}).error().reason, "ACTOR_MALFORMED");
  EXPECT_EQ(read({.actor = "system;for=610524-p1"}).error().reason, "ACTOR_MALFORMED");
}

TEST_F(ReadMetadata, AMalformedActorIsNotReplacedByTheStandIn) {
  const Actor stand_in{Actor::Kind::kPerson, "610524-p1", ""};
  const auto caller = read({.actor = "alice"}, stand_in);
  ASSERT_FALSE(caller);
  EXPECT_EQ(caller.error().reason, "ACTOR_MALFORMED");
  EXPECT_EQ(caller.error().metadata.at("given"), "alice");
  EXPECT_FALSE(caller.error().message_zh.empty());
}

TEST_F(ReadMetadata, OnlyALaterAttemptIsARepeat) {
  EXPECT_FALSE(read({.actor = "person:a"})->repeat);
  EXPECT_FALSE(read({.actor = "person:a", .attempt = "1"})->repeat);
  EXPECT_TRUE(read({.actor = "person:a", .attempt = "2"})->repeat);
  for (const auto* wrong : {"two", "-1", "2x", "99999999999999999999"}) {
    EXPECT_EQ(read({.actor = "person:a", .attempt = wrong}).error().reason, "METADATA_MALFORMED");
  }
}

TEST_F(ReadMetadata, AReadMayStateItsStaleness) {
  EXPECT_EQ(read({.actor = "person:a"})->staleness, std::nullopt);
  EXPECT_EQ(read({.actor = "person:a", .staleness = "1500"})->staleness, Duration(1500));
  EXPECT_EQ(read({.actor = "person:a", .staleness = "x"}).error().reason, "METADATA_MALFORMED");
}

TEST_F(ReadMetadata, TheTraceGoesOnOrBegins) {
  const std::string parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const auto child = read({.actor = "person:a", .traceparent = parent})->traceparent;
  EXPECT_EQ(trace_id_of(child), trace_id_of(parent));
  EXPECT_NE(child, parent);
  EXPECT_TRUE(is_traceparent(read({.actor = "person:a"})->traceparent));
  EXPECT_TRUE(is_traceparent(read({.actor = "person:a", .traceparent = "junk"})->traceparent));
}

}  // namespace
}  // namespace lianmeng::rpc
