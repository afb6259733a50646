// The services as they really are: whatever the protos say, the command line must be able to show.
#include "ctl/embedded.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/help.h"

namespace lianmeng::ctl {
namespace {

using ::testing::IsSubsetOf;

const Catalogue& real() {
  static const Catalogue kCatalogue(embedded_services());
  return kCatalogue;
}

TEST(Embedded, HasTheServices) {
  EXPECT_THAT(std::vector<std::string>({"dispatch", "membership", "notification"}),
              IsSubsetOf(service_names(real())));
}

TEST(Embedded, EveryCommandIsExplainedInBothLanguages) {
  for (const auto& service : real().services()) {
    EXPECT_FALSE(doc_of(*service.descriptor).en.empty()) << service.name;
    EXPECT_FALSE(doc_of(*service.descriptor).zh.empty()) << service.name;
    for (int i = 0; i < service.descriptor->method_count(); ++i) {
      const auto& method = *service.descriptor->method(i);
      const auto doc = doc_of(method);
      EXPECT_FALSE(doc.en.empty()) << method.full_name();
      EXPECT_FALSE(doc.zh.empty()) << method.full_name();
      EXPECT_FALSE(method_help(service, method, Lang::kZh, 100).empty());
    }
  }
}

TEST(Embedded, EveryFieldOfARequestIsExplainedInChinese) {
  for (const auto& service : real().services()) {
    for (int i = 0; i < service.descriptor->method_count(); ++i) {
      for (const auto& flag : flags_of(*service.descriptor->method(i)->input_type())) {
        EXPECT_FALSE(doc_of(flag.field()).zh.empty()) << flag.field().full_name();
      }
    }
  }
}

TEST(Embedded, NoTwoFlagsOfACommandHaveOneName) {
  for (const auto& service : real().services()) {
    for (int i = 0; i < service.descriptor->method_count(); ++i) {
      std::vector<std::string> names;
      for (const auto& flag : flags_of(*service.descriptor->method(i)->input_type())) {
        names.push_back(flag.name);
      }
      auto sorted = names;
      std::sort(sorted.begin(), sorted.end());
      EXPECT_EQ(std::unique(sorted.begin(), sorted.end()), sorted.end())
          << service.descriptor->method(i)->full_name();
    }
  }
}

}  // namespace
}  // namespace lianmeng::ctl
