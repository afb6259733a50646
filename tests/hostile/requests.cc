#include "hostile/requests.h"

#include <google/protobuf/timestamp.pb.h>

#include <cmath>
#include <limits>

#include "platform/base/time.h"
#include "platform/limits/formats.h"
#include "platform/limits/limits.h"

namespace lianmeng::hostile {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::Timestamp;

namespace {

constexpr int kDepthMax = 6;
constexpr std::int64_t kYear1 = -62'135'596'800;
constexpr std::int64_t kYear9999 = 253'402'271'999;  // Its end in Asia/Shanghai.

std::string repeated(std::string_view what, std::size_t times) {
  std::string out;
  out.reserve(what.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += what;
  return out;
}

}  // namespace

std::unique_ptr<Message> Requests::none(const Descriptor& type) {
  return std::unique_ptr<Message>(MessageFactory::generated_factory()->GetPrototype(&type)->New());
}

std::unique_ptr<Message> Requests::any(const Descriptor& type) {
  auto message = none(type);
  fill(message.get(), 0);
  return message;
}

void Requests::fill(Message* message, int depth) {
  const auto& type = *message->GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const auto& field = *type.field(i);
    // Of a oneof any one, the last that is set.
    if (field.real_containing_oneof() != nullptr &&
        !one_in(static_cast<std::uint64_t>(field.real_containing_oneof()->field_count()))) {
      continue;
    }
    // What is shared by all requests is mostly right, or nothing else would be looked at.
    const bool shared = field.number() < 10 && depth == 0;
    if (field.name() == "county" ? one_in(20) : one_in(shared ? 2 : 3)) continue;
    fill_field(message, field, depth);
  }
}

void Requests::fill_field(Message* message, const FieldDescriptor& field, int depth) {
  if (!field.is_repeated()) return set_one(message, field, one_in(12), depth);
  std::uint64_t count = below(4);
  if (one_in(40)) count = 1'200;
  if (one_in(200) && field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    // A million of nothing: two bytes each.
    for (int i = 0; i < 1'000'000; ++i) {
      if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) break;
      message->GetReflection()->AddString(message, &field, "");
    }
    return;
  }
  for (std::uint64_t i = 0; i < count; ++i) set_one(message, field, one_in(12), depth);
}

void Requests::set_one(Message* message, const FieldDescriptor& field, bool hostile, int depth) {
  const auto& reflection = *message->GetReflection();
  const bool many = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return many ? reflection.AddBool(message, &field, one_in(2))
                  : reflection.SetBool(message, &field,
                                       // Else half of all would change nothing.
                                       field.name() == "validate_only" ? one_in(8) : one_in(2));
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto& type = *field.enum_type();
      static constexpr int kUnknown[] = {-1, 99, 1'000'000, std::numeric_limits<int>::max(),
                                         std::numeric_limits<int>::min()};
      const int number =
          hostile
              ? pick(kUnknown)
              : type.value(static_cast<int>(below(static_cast<std::uint64_t>(type.value_count()))))
                    ->number();
      return many ? reflection.AddEnumValue(message, &field, number)
                  : reflection.SetEnumValue(message, &field, number);
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      auto value = hostile ? hostile_text() : text(field);
      return many ? reflection.AddString(message, &field, std::move(value))
                  : reflection.SetString(message, &field, std::move(value));
    }
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_UINT32: {
      const auto value = static_cast<std::int32_t>(hostile ? hostile_number()
                                                           : static_cast<std::int64_t>(below(6)));
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32) {
        return many ? reflection.AddUInt32(message, &field, static_cast<std::uint32_t>(value))
                    : reflection.SetUInt32(message, &field, static_cast<std::uint32_t>(value));
      }
      return many ? reflection.AddInt32(message, &field, value)
                  : reflection.SetInt32(message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT64: {
      const auto value = hostile ? hostile_number() : static_cast<std::int64_t>(below(6));
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64) {
        return many ? reflection.AddUInt64(message, &field, static_cast<std::uint64_t>(value))
                    : reflection.SetUInt64(message, &field, static_cast<std::uint64_t>(value));
      }
      return many ? reflection.AddInt64(message, &field, value)
                  : reflection.SetInt64(message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT: {
      static const double kNumbers[] = {std::nan(""), HUGE_VAL, -HUGE_VAL, -1.0, 1e308};
      const double value = hostile ? pick(kNumbers) : 1.5;
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_FLOAT) {
        return many ? reflection.AddFloat(message, &field, static_cast<float>(value))
                    : reflection.SetFloat(message, &field, static_cast<float>(value));
      }
      return many ? reflection.AddDouble(message, &field, value)
                  : reflection.SetDouble(message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      if (depth >= kDepthMax) return;
      auto* inner = many ? reflection.AddMessage(message, &field)
                         : reflection.MutableMessage(message, &field);
      if (inner->GetDescriptor()->full_name() != "google.protobuf.Timestamp") {
        return fill(inner, depth + 1);
      }
      auto& time = static_cast<Timestamp&>(*inner);
      static constexpr std::int64_t kTimes[] = {kYear1,
                                                kYear1 - 1,
                                                kYear9999,
                                                kYear9999 + 1,
                                                0,
                                                -1,
                                                std::numeric_limits<std::int64_t>::max(),
                                                std::numeric_limits<std::int64_t>::min()};
      const auto now =
          std::chrono::duration_cast<std::chrono::seconds>(SystemClock().now().time_since_epoch())
              .count();
      time.set_seconds(hostile || one_in(3)
                           ? pick(kTimes)
                           : now - static_cast<std::int64_t>(below(400 * 24 * 3600)));
      if (hostile) time.set_nanos(one_in(2) ? -1 : std::numeric_limits<int>::max());
      return;
    }
  }
}

std::string Requests::text(const FieldDescriptor& field) {
  const auto limit = limits::limit_of(field);
  using namespace platform::v1;
  switch (limit ? limit->format() : FORMAT_UNSPECIFIED) {
    case FORMAT_COUNTY:
      return one_in(10) ? std::string("999999") : pick(world_.counties);
    case FORMAT_REQUEST_ID:
      return make_uuid_v7(SystemClock().now() - std::chrono::hours(one_in(10) ? 24 * 30 : 0),
                          random_);
    case FORMAT_READ_TOKEN:
      // Of a place that is there; one far ahead would only be waited for.
      return one_in(2) ? "dispatch/0/0" : "nowhere/47/0";
    case FORMAT_PAGE_TOKEN:
      return one_in(2) ? "" : one_in(2) ? "AAAA" : "bm8gdG9rZW4";
    case FORMAT_ID:
      return pick(world_.ids);
    case FORMAT_DEMAND_ID:
      return pick(world_.demands);
    case FORMAT_KEY:
      return pick(world_.keys);
    case FORMAT_DATE:
      return one_in(2) ? "2023-06-28" : one_in(2) ? "0001-01-01" : "9999-12-31";
    case FORMAT_DECIMAL:
      return one_in(2) ? "-0.5" : "99999999999999999999";
    case FORMAT_SUBJECT:
      return one_in(2) ? "organisations/o1" : "people/" + pick(world_.ids);
    default:
      break;
  }
  static const char* const kTexts[] = {
      "气调库缺配套设施", "北顺村", "", " ", "610524", "网络", "x", "{county}", "group_head"};
  return pick(kTexts);
}

std::string Requests::hostile_text() {
  switch (below(12)) {
    case 0:
      return repeated("库", 1 + below(300'000));
    case 1:
      return std::string("a\0b", 3);
    case 2:
      return "一\n二\x1b[2J";
    case 3:
      return "\u202egnitset\u202c";
    case 4:
      return "ئۇيغۇر שלום مرحبا";
    case 5:
      return repeated("👨‍👩‍👧‍👦", 1 + below(2'000));
    case 6:
      return "\xff\xfe\x80";  // No UTF-8.
    case 7:
      return "\xed\xa0\x80\xc0\x80";
    case 8:
      return "'; DROP TABLE demands; -- ${jndi:ldap://x} {{7*7}} %s%n ../../etc/passwd";
    case 9:
      return repeated("{", 1'000);
    case 10:
      return "@" + repeated("/", 100);
    default:
      return repeated("\u0301", 500);  // Accents without a letter.
  }
}

std::int64_t Requests::hostile_number() {
  static constexpr std::int64_t kNumbers[] = {-1,
                                              -1'000'000,
                                              std::numeric_limits<std::int32_t>::max(),
                                              std::numeric_limits<std::int32_t>::min(),
                                              std::numeric_limits<std::int64_t>::max(),
                                              std::numeric_limits<std::int64_t>::min(),
                                              1'001};
  return pick(kNumbers);
}

std::unique_ptr<Message> Requests::largest(const Descriptor& type) {
  auto message = none(type);
  fill_largest(message.get(), 0);
  return message;
}

void Requests::fill_largest(Message* message, int depth) {
  const auto& type = *message->GetDescriptor();
  const auto& reflection = *message->GetReflection();
  for (int i = 0; i < type.field_count() && depth < kDepthMax; ++i) {
    const auto& field = *type.field(i);
    if (field.name() == "validate_only" || field.name() == "effective_time" ||
        field.name() == "read_tokens") {
      continue;
    }
    const auto limit = limits::limit_of(field).value_or(platform::v1::Limit());
    const int count = field.is_repeated() ? static_cast<int>(limit.items()) : 1;
    for (int k = 0; k < count; ++k) {
      switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_STRING: {
          const auto* form = limits::form_of(limit.format());
          // Ids and keys of things that are there, so that the largest is decided on.
          auto value = form == nullptr ? repeated("𠮷", limit.max())
                       : limit.format() == platform::v1::FORMAT_DATE ||
                               limit.format() == platform::v1::FORMAT_DECIMAL
                           ? std::string(form->longest)
                           : text(field);
          if (field.is_repeated()) {
            reflection.AddString(message, &field, std::move(value));
          } else {
            reflection.SetString(message, &field, std::move(value));
          }
          break;
        }
        case FieldDescriptor::CPPTYPE_MESSAGE: {
          auto* inner = field.is_repeated() ? reflection.AddMessage(message, &field)
                                            : reflection.MutableMessage(message, &field);
          if (inner->GetDescriptor()->full_name() == "google.protobuf.Timestamp") {
            static_cast<Timestamp*>(inner)->set_seconds(kYear9999);
          } else {
            fill_largest(inner, depth + 1);
          }
          break;
        }
        case FieldDescriptor::CPPTYPE_ENUM: {
          const int number =
              field.enum_type()->value(field.enum_type()->value_count() - 1)->number();
          if (field.is_repeated()) {
            reflection.AddEnumValue(message, &field, number);
          } else {
            reflection.SetEnumValue(message, &field, number);
          }
          break;
        }
        case FieldDescriptor::CPPTYPE_INT32:
          if (field.is_repeated()) {
            reflection.AddInt32(message, &field, static_cast<std::int32_t>(limit.most()));
          } else {
            reflection.SetInt32(message, &field, static_cast<std::int32_t>(limit.most()));
          }
          break;
        case FieldDescriptor::CPPTYPE_INT64:
          reflection.SetInt64(message, &field, limit.most());
          break;
        default:
          break;
      }
    }
  }
}

}  // namespace lianmeng::hostile
