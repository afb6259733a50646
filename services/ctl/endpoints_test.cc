#include "ctl/endpoints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lianmeng::ctl {
namespace {

using ::testing::ElementsAre;

TEST(Endpoints, OneAddressIsForAll) {
  const auto endpoints = Endpoints::parse("127.0.0.1:50051").value();
  EXPECT_THAT(endpoints.of("dispatch"), ElementsAre("127.0.0.1:50051"));
  EXPECT_THAT(endpoints.all(), ElementsAre("127.0.0.1:50051"));
}

TEST(Endpoints, AServiceThatIsNamedHasItsOwn) {
  const auto endpoints = Endpoints::parse("dispatch=a:1, dispatch=a:2,membership=b:1,c:1").value();
  EXPECT_THAT(endpoints.of("dispatch"), ElementsAre("a:1", "a:2"));
  EXPECT_THAT(endpoints.of("membership"), ElementsAre("b:1"));
  EXPECT_THAT(endpoints.of("notification"), ElementsAre("c:1"));
  EXPECT_THAT(endpoints.all(), ElementsAre("a:1", "a:2", "b:1", "c:1"));
}

TEST(Endpoints, WithoutAnyOtherAServiceThatIsNotNamedIsLookedForEverywhere) {
  const auto endpoints = Endpoints::parse("dispatch=a:1,membership=a:1").value();
  EXPECT_THAT(endpoints.of("notification"), ElementsAre("a:1"));
}

TEST(Endpoints, APartWithoutAnAddressIsAUsageError) {
  for (const auto* text : {"", "dispatch=", "=a:1", "a:1,,b:1"}) {
    EXPECT_FALSE(Endpoints::parse(text)) << text;
  }
}

TEST(Endpoints, TheServiceOfAMethodIsThatOfItsPackage) {
  EXPECT_EQ(service_of("lianmeng.dispatch.v1.DispatchService"), "dispatch");
  EXPECT_EQ(service_of("grpc.health.v1.Health"), "");
}

}  // namespace
}  // namespace lianmeng::ctl
