#include "platform/state/proto_mask.h"

#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

namespace lianmeng::state {
namespace {

// A message of a well-known type with texts at several depths, repeated ones among them.
using google::protobuf::FileDescriptorProto;

TEST(MaskTexts, ReachesEveryTextAtAnyDepth) {
  FileDescriptorProto file;
  file.set_package("电话13891234567");
  file.add_dependency("13891234567");
  file.add_dependency("无");
  auto& field = *file.add_message_type()->add_field();
  field.set_default_value("4111 1111 1111 1111");
  file.mutable_message_type(0)->add_nested_type()->add_nested_type()->set_name("13891234567");
  mask_texts(file);
  EXPECT_EQ(file.package(), "电话138****4567");
  EXPECT_EQ(file.dependency(0), "138****4567");
  EXPECT_EQ(file.dependency(1), "无");
  EXPECT_EQ(file.message_type(0).nested_type(0).nested_type(0).name(), "138****4567");
  EXPECT_EQ(file.message_type(0).field(0).default_value(), "**** **** **** 1111");
}

TEST(MaskTexts, LeavesAMessageWithoutNumbersAsItIs) {
  FileDescriptorProto file;
  file.set_name("合阳-230628-012");
  file.add_dependency("2023-06-28 17:30，350000元");
  const auto before = file.SerializeAsString();
  mask_texts(file);
  EXPECT_EQ(file.SerializeAsString(), before);
}

}  // namespace
}  // namespace lianmeng::state
