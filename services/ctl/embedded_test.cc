// The services as they really are: whatever the protos say, the command line must be able to show.
#include "ctl/embedded.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "ctl/help.h"
#include "platform/limits/limits.h"

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
        EXPECT_FALSE(doc_of(flag.field()).en.empty()) << flag.field().full_name();
      }
    }
  }
}

// All that a caller can send: the messages of requests and what lies in them.
std::set<const pb::Descriptor*> request_messages() {
  std::set<const pb::Descriptor*> seen;
  std::vector<const pb::Descriptor*> open;
  const auto add = [&](const pb::Descriptor* message) {
    if (message->full_name() != "google.protobuf.Timestamp" && seen.insert(message).second) {
      open.push_back(message);
    }
  };
  for (const auto& service : real().services()) {
    for (int i = 0; i < service.descriptor->method_count(); ++i) {
      add(service.descriptor->method(i)->input_type());
    }
  }
  while (!open.empty()) {
    const auto* message = open.back();
    open.pop_back();
    for (int i = 0; i < message->field_count(); ++i) {
      if (message->field(i)->message_type() != nullptr) add(message->field(i)->message_type());
    }
  }
  return seen;
}

TEST(Embedded, EveryFieldOfARequestHasALimit) {
  int fields = 0;
  for (const auto* message : request_messages()) {
    if (message->options().map_entry()) continue;  // Its map has it.
    for (int i = 0; i < message->field_count(); ++i) {
      const auto& field = *message->field(i);
      if (!limits::needs_limit(field)) continue;
      ++fields;
      const auto limit = limits::limit_of(field);
      ASSERT_TRUE(limit) << field.full_name() << ": declare (lianmeng.platform.v1.limit)";
      EXPECT_EQ(field.is_repeated(), limit->items() > 0) << field.full_name();
      const bool is_text = field.type() == pb::FieldDescriptor::TYPE_STRING || field.is_map();
      EXPECT_EQ(is_text, limit->max() > 0 || limit->format() != 0) << field.full_name();
      EXPECT_NE(field.type(), pb::FieldDescriptor::TYPE_BYTES) << field.full_name();
      const bool is_number = field.cpp_type() != pb::FieldDescriptor::CPPTYPE_STRING &&
                             field.cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE &&
                             field.cpp_type() != pb::FieldDescriptor::CPPTYPE_ENUM;
      EXPECT_EQ(is_number, limit->most() > 0) << field.full_name();
    }
  }
  EXPECT_GT(fields, 200);  // The walk finds them.
}

TEST(Embedded, LimitsAreShownInHelp) {
  const auto* dispatch = real().find_service("dispatch");
  ASSERT_NE(dispatch, nullptr);
  const auto* method = dispatch->descriptor->FindMethodByName("SubmitDemand");
  ASSERT_NE(method, nullptr);
  EXPECT_THAT(method_help(*dispatch, *method, Lang::kEn, 100),
              ::testing::HasSubstr("at most 60 characters"));
  EXPECT_THAT(method_help(*dispatch, *method, Lang::kZh, 100), ::testing::HasSubstr("至多4000字"));
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
