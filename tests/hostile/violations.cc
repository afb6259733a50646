#include "hostile/violations.h"

#include <fmt/format.h>
#include <google/protobuf/timestamp.pb.h>

#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include "platform/base/assert.h"
#include "platform/limits/formats.h"
#include "platform/limits/limits.h"

namespace lianmeng::hostile {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::Timestamp;

namespace {

constexpr int kDepthMax = 4;
constexpr std::int64_t kYear10000 = 253'402'272'000;  // Its beginning in Asia/Shanghai.
constexpr int kNoEnumValue = 999;
// Of no format that there is.
constexpr const char* kFormless = "é !";

struct Character {
  const char* utf8;
  const char* name;
};
// Control characters, what turns the direction of writing, and what nobody sees.
constexpr Character kForbidden[] = {
    {"\x07", "U+0007"}, {"\u202e", "U+202E"}, {"\u200b", "U+200B"}, {"\ufeff", "U+FEFF"}};

class Breaker {
 public:
  Breaker(const Descriptor& request, std::string county)
      : request_(request), county_(std::move(county)) {
    message(
        request, [](Message& root) -> Message& { return root; }, "", 0);
  }
  std::vector<Violation> take() { return std::move(out_); }

 private:
  // From a new request to the message in it that is broken.
  using Into = std::function<Message&(Message&)>;
  using Break = std::function<void(Message&)>;

  void add(const Into& into, const std::string& field, const Break& breaks,
           std::vector<std::string> zh, std::vector<std::string> en) {
    const auto* prototype = MessageFactory::generated_factory()->GetPrototype(&request_);
    std::unique_ptr<Message> made(prototype->New());
    if (const auto* county = request_.FindFieldByName("county")) {
      made->GetReflection()->SetString(made.get(), county, county_);
    }
    breaks(into(*made));
    out_.push_back({std::move(made), field, std::move(zh), std::move(en)});
  }
  void add(const Into& into, const std::string& field, const Break& breaks,
           const std::vector<std::string>& both) {
    add(into, field, breaks, both, both);
  }

  void message(const Descriptor& type, const Into& into, const std::string& path, int depth) {
    for (int i = 0; i < type.field_count(); ++i) {
      const auto& field = *type.field(i);
      const auto limit = limits::limit_of(field).value_or(platform::v1::Limit());
      const auto name = path + field.name();
      if (field.is_repeated()) many(field, limit, into, name);
      value(field, limit, into, field.is_repeated() ? name + "[0]" : name, depth);
    }
  }

  void many(const FieldDescriptor& field, const platform::v1::Limit& limit, const Into& into,
            const std::string& name) {
    LM_ASSERT(limit.items() > 0, "{}: may come as often as it likes", field.full_name());
    const auto count = limit.items() + 1;
    add(into, name,
        [&field, count](Message& message) {
          const auto& reflection = *message.GetReflection();
          for (std::uint32_t i = 0; i < count; ++i) {
            if (field.is_map()) {
              auto* entry = reflection.AddMessage(&message, &field);
              entry->GetReflection()->SetString(entry, field.message_type()->field(0),
                                                fmt::format("k{}", i));
            } else {
              add_default(message, field);
            }
          }
        },
        {std::to_string(limit.items()), std::to_string(count)});
  }

  static void add_default(Message& message, const FieldDescriptor& field) {
    const auto& reflection = *message.GetReflection();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        reflection.AddMessage(&message, &field);
        return;
      case FieldDescriptor::CPPTYPE_ENUM:
        return reflection.AddEnumValue(&message, &field, 1);
      case FieldDescriptor::CPPTYPE_INT32:
        return reflection.AddInt32(&message, &field, 1);
      default:
        return reflection.AddString(&message, &field, "x");
    }
  }

  void value(const FieldDescriptor& field, const platform::v1::Limit& limit, const Into& into,
             const std::string& name, int depth) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return text(field, limit, into, name);
      case FieldDescriptor::CPPTYPE_INT32:
      case FieldDescriptor::CPPTYPE_INT64:
        for (const auto given : {limit.least() - 1, limit.most() + 1}) {
          if (given != 0) number(field, limit, given, into, name);
        }
        return;
      case FieldDescriptor::CPPTYPE_ENUM:
        return add(into, name, setting(field, kNoEnumValue),
                   {std::to_string(kNoEnumValue), field.enum_type()->value(1)->name()});
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return inside(field, limit, into, name, depth);
      case FieldDescriptor::CPPTYPE_BOOL:
        return;
      default:
        LM_ASSERT(false, "{}: teach violations.cc how to break it", field.full_name());
    }
  }

  void text(const FieldDescriptor& field, const platform::v1::Limit& limit, const Into& into,
            const std::string& name) {
    if (const auto* form = limits::form_of(limit.format())) {
      return add(into, name, setting(field, std::string(kFormless)),
                 {std::string(form->zh), kFormless}, {std::string(form->en), kFormless});
    }
    LM_ASSERT(limit.max() > 0, "{}: has no limit", field.full_name());
    const auto max = limit.max();
    add(into, name, setting(field, std::string(max + 1, 'x')),
        {std::to_string(max), std::to_string(max + 1)});
    for (const auto& character : kForbidden) {
      add(into, name, setting(field, std::string("一") + character.utf8), {"2", character.name});
    }
  }

  void number(const FieldDescriptor& field, const platform::v1::Limit& limit, std::int64_t given,
              const Into& into, const std::string& name) {
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT32 &&
        given != static_cast<std::int32_t>(given)) {
      return;
    }
    add(into, name, setting(field, given),
        {std::to_string(limit.least()), std::to_string(limit.most()), std::to_string(given)});
  }

  void inside(const FieldDescriptor& field, const platform::v1::Limit& limit, const Into& into,
              const std::string& name, int depth) {
    const Into inner = [into, &field](Message& root) -> Message& {
      auto& outer = into(root);
      const auto& reflection = *outer.GetReflection();
      return field.is_repeated() ? *reflection.AddMessage(&outer, &field)
                                 : *reflection.MutableMessage(&outer, &field);
    };
    if (field.is_map()) {  // Key and value have the limit of the map.
      for (const int part : {0, 1}) {
        const auto& of_entry = *field.message_type()->field(part);
        text(of_entry, limit, inner, name + "." + of_entry.name());
      }
      return;
    }
    if (field.message_type()->full_name() != Timestamp::descriptor()->full_name()) {
      if (depth < kDepthMax) message(*field.message_type(), inner, name + ".", depth + 1);
      return;
    }
    add(inner, name, [](Message& time) { static_cast<Timestamp&>(time).set_seconds(kYear10000); },
        {"9999", std::to_string(kYear10000)});
    add(inner, name, [](Message& time) { static_cast<Timestamp&>(time).set_nanos(-1); },
        {"9999", "-1"});
  }

  template <class Value>
  static Break setting(const FieldDescriptor& field, Value value) {
    return [&field, value](Message& message) {
      const auto& reflection = *message.GetReflection();
      const bool many = field.is_repeated();
      if constexpr (std::is_same_v<Value, std::string>) {
        many ? reflection.AddString(&message, &field, value)
             : reflection.SetString(&message, &field, value);
      } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
        many ? reflection.AddEnumValue(&message, &field, static_cast<int>(value))
             : reflection.SetEnumValue(&message, &field, static_cast<int>(value));
      } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
        many ? reflection.AddInt32(&message, &field, static_cast<std::int32_t>(value))
             : reflection.SetInt32(&message, &field, static_cast<std::int32_t>(value));
      } else {
        many ? reflection.AddInt64(&message, &field, value)
             : reflection.SetInt64(&message, &field, value);
      }
    };
  }

  const Descriptor& request_;
  const std::string county_;
  std::vector<Violation> out_;
};

}  // namespace

std::vector<Violation> violations_of(const Descriptor& request, const std::string& county) {
  return Breaker(request, county).take();
}

}  // namespace lianmeng::hostile
