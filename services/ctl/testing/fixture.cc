#include "ctl/testing/fixture.h"

#include "ctl/values.h"
#include "platform/base/assert.h"

namespace lianmeng::ctl {
std::string_view embedded_testing();
}  // namespace lianmeng::ctl

namespace lianmeng::ctl::testing {
namespace {

class FixedClock final : public Clock {
 public:
  Time now() override { return Time{Duration{1'682'300'000'000}}; }
  SteadyTime steady() override { return SteadyTime{}; }
};

std::string any_of(const std::string& type, const std::string& json) {
  auto inner = catalogue().new_message(*catalogue().find_message(type));
  LM_ASSERT(merge_json(*inner, json), "a detail of the test");
  auto any = catalogue().new_message(*catalogue().find_message("google.protobuf.Any"));
  const auto& descriptor = *any->GetDescriptor();
  any->GetReflection()->SetString(any.get(), descriptor.FindFieldByName("type_url"),
                                  "type.googleapis.com/" + type);
  any->GetReflection()->SetString(any.get(), descriptor.FindFieldByName("value"),
                                  inner->SerializeAsString());
  return any->SerializeAsString();
}

}  // namespace

const Catalogue& catalogue() {
  static const Catalogue kCatalogue(embedded_testing());
  return kCatalogue;
}

std::unique_ptr<pb::Message> message(const std::string& name, const std::string& json) {
  const auto* type = catalogue().find_message("lianmeng.testing.v1." + name);
  LM_ASSERT(type != nullptr, "no message {}", name);
  auto out = catalogue().new_message(*type);
  const auto status = merge_json(*out, json);
  LM_ASSERT(status, "{}", status.error().message_en);
  return out;
}

Ran Terminal::run(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  std::istringstream in(input);
  FixedClock clock;
  SeededRandom random(7);
  const Environment environment{
      .out = out,
      .err = err,
      .in = in,
      .variable =
          [this](const std::string& name) {
            const auto found = variables.find(name);
            return found == variables.end() ? std::string() : found->second;
          },
      .catch_stop = [] {},
      .stopped = [this] { return stop.load(); },
      .out_is_terminal = width > 0,
      .err_is_terminal = false,
      .width = width,
      .user = "wang",
      .clock = clock,
      .random = random,
  };
  Ran ran;
  ran.code = ctl::run(catalogue(), arguments, environment);
  ran.out = out.str();
  ran.err = err.str();
  return ran;
}

FakeAnswer refusal(const std::string& reason, const std::string& zh, const std::string& en,
                   const std::string& field) {
  auto status = catalogue().new_message(*catalogue().find_message("google.rpc.Status"));
  const auto add = [&](const std::string& type, const std::string& json) {
    auto* any = status->GetReflection()->AddMessage(
        status.get(), status->GetDescriptor()->FindFieldByName("details"));
    any->ParseFromString(any_of(type, json));
  };
  add("google.rpc.ErrorInfo", R"({"reason":")" + reason + R"(","domain":"lianmeng"})");
  if (!field.empty()) {
    add("google.rpc.BadRequest",
        R"({"fieldViolations":[{"field":")" + field + R"(","description":"太长 / too long"}]})");
  }
  add("google.rpc.LocalizedMessage", R"({"locale":"zh-CN","message":")" + zh + R"("})");
  add("google.rpc.LocalizedMessage", R"({"locale":"en","message":")" + en + R"("})");
  return {kFailedPrecondition, zh + " / " + en, status->SerializeAsString(), {}, false};
}

FakeAnswer answer(std::unique_ptr<pb::Message> message) {
  FakeAnswer out;
  out.messages.push_back(std::move(message));
  return out;
}

FakeAnswer failure(int code, const std::string& text) { return {code, text, "", {}, false}; }

}  // namespace lianmeng::ctl::testing
