#include <gtest/gtest.h>

#include "platform/base/assert.h"
#include "platform/base/decision.h"
#include "platform/base/random.h"
#include "platform/base/trace.h"

namespace lianmeng {
namespace {

TEST(Time, Rfc3339RoundTripsAndReadsOffsets) {
  const auto time = parse_rfc3339("2023-04-24T09:30:00+08:00");
  ASSERT_TRUE(time);
  EXPECT_EQ(to_rfc3339(*time), "2023-04-24T01:30:00.000Z");
  EXPECT_EQ(parse_rfc3339(to_rfc3339(*time)).value(), *time);
  EXPECT_EQ(to_rfc3339(parse_rfc3339("2024-02-29T23:59:59.5Z").value()),
            "2024-02-29T23:59:59.500Z");
}

TEST(Time, MalformedTextIsRefusedAndNamed) {
  for (const auto* text : {"", "2023-04-24", "2023-02-30T00:00:00Z", "2023-04-24T25:00:00Z",
                           "2023-04-24T09:30:00", "2023-04-24T09:30:00+0800"}) {
    const auto time = parse_rfc3339(text);
    ASSERT_FALSE(time) << text;
    EXPECT_NE(time.error().message_en.find(text), std::string::npos);
  }
}

// Reference values of Kafka's own UtilsTest.testMurmur2, through its partitioner's mask.
TEST(Partition, IsKafkasDefaultPartitioner) {
  const auto expected = [](std::int32_t hash) {
    return static_cast<int>((static_cast<std::uint32_t>(hash) & 0x7fffffff) % kPartitions);
  };
  EXPECT_EQ(partition_of("21"), expected(-973932308));
  EXPECT_EQ(partition_of("foobar"), expected(-790332482));
  EXPECT_EQ(partition_of("a-little-bit-long-string"), expected(-985981536));
  EXPECT_EQ(partition_of("a-little-bit-longer-string"), expected(-1486304829));
  EXPECT_EQ(partition_of("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"), expected(-58897971));
}

TEST(Uuid, VersionSevenCarriesItsTime) {
  SeededRandom random(7);
  const Time now = parse_rfc3339("2026-11-22T01:02:03.004Z").value();
  const auto id = make_uuid_v7(now, random);
  EXPECT_EQ(uuid_v7_time(id).value(), now);
  EXPECT_FALSE(uuid_v7_time("not-a-uuid"));
  EXPECT_FALSE(uuid_v7_time("018bcfe5-687b-4fff-bfff-ffffffffffff"));
}

TEST(Actor, RoundTripsThroughItsHeader) {
  for (const auto* text : {"system", "person:610524-p3", "county-system:tax;for=610524-p4",
                           "operator:root", "person:610524-p1;for=610524-p2"}) {
    const auto actor = parse_actor(text);
    ASSERT_TRUE(actor) << text;
    EXPECT_EQ(to_string(*actor), text);
  }
  EXPECT_FALSE(parse_actor("person:"));
  EXPECT_FALSE(parse_actor("root"));
}

TEST(Place, RoundTripsAndRefusesWhatIsNone) {
  EXPECT_EQ(to_string(parse_place("dispatch/7/901").value()), "dispatch/7/901");
  for (const auto* text : {"", "dispatch/7", "dispatch/48/1", "/7/1", "dispatch/7/x"}) {
    EXPECT_FALSE(parse_place(text)) << text;
  }
}

TEST(Refusal, TextsNameTheirParameters) {
  const Reason reason{"TAKEN", ErrorKind::kFailedPrecondition, "诉求{demand}已由{lead}接单。",
                      "Demand {demand} is led by {lead}."};
  const auto error = to_error(refuse(reason, {{"demand", "230628-012"}, {"lead", "产业组"}}));
  EXPECT_EQ(error.reason, "TAKEN");
  EXPECT_EQ(error.message_zh, "诉求230628-012已由产业组接单。");
  EXPECT_EQ(error.message_en, "Demand 230628-012 is led by 产业组.");
  EXPECT_EQ(error.error_class(), ErrorClass::kRejected);
}

TEST(Traceparent, ChildStaysInItsTrace) {
  SeededRandom random(1);
  const std::string parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  ASSERT_TRUE(is_traceparent(parent));
  const auto child = child_traceparent(parent, random);
  EXPECT_TRUE(is_traceparent(child));
  EXPECT_EQ(trace_id_of(child), trace_id_of(parent));
  EXPECT_NE(child, parent);
  EXPECT_TRUE(is_traceparent(child_traceparent("nonsense", random)));
}

TEST(Assert, SaysWhatFailed) {
  EXPECT_DEATH(LM_ASSERT(1 == 2, "one is {}", 1), "1 == 2: one is 1");
}

}  // namespace
}  // namespace lianmeng
