#include "platform/limits/limits.h"

#include <fmt/format.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <unordered_map>

#include "platform/limits/formats.h"
#include "platform/limits/text.h"
#include "platform/limits/unreadable.h"

namespace lianmeng::limits {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using platform::v1::CallFields;
using platform::v1::Limit;

namespace {

// What a field without a limit of its own may hold: tests see to it that there is none.
constexpr std::uint32_t kTextMaxUndeclared = 200;
constexpr std::uint32_t kItemsMaxUndeclared = 100;
// The years 1 to 9999, as google.protobuf.Timestamp has them, and as days of Asia/Shanghai: the
// last eight hours of 9999 are a year there that no date has room for.
constexpr std::int64_t kSecondsMin = -62135596800;
constexpr std::int64_t kSecondsMax = 253402271999;
constexpr int kEnumNumbersMax = 64;

enum class Kind { kText, kForm, kInteger, kReal, kEnum, kTime, kMessage };

struct Program;

// One field's check, with everything that it needs looked up.
struct Rule {
  const FieldDescriptor* field = nullptr;
  Kind kind = Kind::kText;
  bool repeated = false;
  bool lines = false;
  std::uint32_t max = 0;
  std::uint32_t items = 0;
  std::int64_t least = 0;
  std::int64_t most = 0;
  std::uint64_t known = 0;  // The numbers of an enum.
  const Form* form = nullptr;
  const Program* inner = nullptr;
};

struct Program {
  std::vector<Rule> rules;
};

bool is_time(const Descriptor& message) {
  return &message == google::protobuf::Timestamp::descriptor() ||
         message.full_name() == "google.protobuf.Timestamp";
}

Kind kind_of(const FieldDescriptor& field, const Limit& limit) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return form_of(limit.format()) != nullptr ? Kind::kForm : Kind::kText;
    case FieldDescriptor::CPPTYPE_ENUM:
      return Kind::kEnum;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return is_time(*field.message_type()) ? Kind::kTime : Kind::kMessage;
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Kind::kReal;
    default:
      return Kind::kInteger;
  }
}

// Where a value lies, told only when something is wrong with it.
struct Path {
  const Path* outer;
  const FieldDescriptor* field;
  int index;  // -1: not repeated.
};

std::string to_string(const Path& path) {
  std::string out = path.outer == nullptr ? "" : to_string(*path.outer) + ".";
  out += path.field->name();
  if (path.index >= 0) out += fmt::format("[{}]", path.index);
  return out;
}

// Enough of what was given to find it again.
std::string echo(std::string_view text) {
  constexpr std::size_t kMax = 60;
  std::string out;
  std::size_t end = std::min(text.size(), kMax);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;
  }
  for (const char c : text.substr(0, end)) {
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  }
  return end < text.size() ? out + "…" : out;
}

class Check {
 public:
  explicit Check(std::vector<FieldViolation>* wrong) : wrong_(wrong) {}

  void run(const Program& program, const Message& message, const Path* outer) {
    const auto& reflection = *message.GetReflection();
    for (const auto& rule : program.rules) {
      if (rule.repeated) {
        many(rule, message, reflection, outer);
      } else {
        one(rule, message, reflection, {outer, rule.field, -1});
      }
      if (full()) return;
    }
  }

 private:
  bool full() const { return wrong_->size() >= RequestLimits::kViolationsMax; }
  void add(const Path& path, std::string zh, std::string en) {
    wrong_->push_back({to_string(path), std::move(zh), std::move(en)});
  }

  void many(const Rule& rule, const Message& message, const Reflection& reflection,
            const Path* outer) {
    const int size = reflection.FieldSize(message, rule.field);
    if (static_cast<std::uint32_t>(size) > rule.items) {
      return add({outer, rule.field, -1}, fmt::format("至多{}项，收到{}项。", rule.items, size),
                 fmt::format("at most {} entries; {} were given.", rule.items, size));
    }
    for (int i = 0; i < size && !full(); ++i) {
      one(rule, message, reflection, {outer, rule.field, i});
    }
  }

  void one(const Rule& rule, const Message& message, const Reflection& reflection,
           const Path& path) {
    const auto* field = rule.field;
    const int at = path.index;
    switch (rule.kind) {
      case Kind::kText:
      case Kind::kForm: {
        std::string scratch;
        const auto& value =
            at < 0 ? reflection.GetStringReference(message, field, &scratch)
                   : reflection.GetRepeatedStringReference(message, field, at, &scratch);
        if (!value.empty()) text(rule, value, path);
        return;
      }
      case Kind::kEnum:
        return choice(rule,
                      at < 0 ? reflection.GetEnumValue(message, field)
                             : reflection.GetRepeatedEnumValue(message, field, at),
                      path);
      case Kind::kInteger:
        return integer(rule, integer_of(message, reflection, field, at), path);
      case Kind::kReal:
        return real(rule, real_of(message, reflection, field, at), path);
      case Kind::kTime:
      case Kind::kMessage: {
        if (at < 0 && !reflection.HasField(message, field)) return;
        const auto& inner = at < 0 ? reflection.GetMessage(message, field)
                                   : reflection.GetRepeatedMessage(message, field, at);
        return rule.kind == Kind::kTime ? time(inner, path) : run(*rule.inner, inner, &path);
      }
    }
  }

  void text(const Rule& rule, const std::string& value, const Path& path) {
    if (rule.kind == Kind::kForm) {
      if (rule.form->is(value)) return;
      return add(path, fmt::format("应为{}，收到“{}”。", rule.form->zh, echo(value)),
                 fmt::format("it is {}; \"{}\" was given.", rule.form->en, echo(value)));
    }
    const auto wrong = what_is_wrong(value, rule.max, rule.lines);
    if (!wrong) return;
    if (wrong->characters > rule.max) {
      return add(path, fmt::format("至多{}字，收到{}字。", rule.max, wrong->characters),
                 fmt::format("at most {} characters; {} were given.", rule.max, wrong->characters));
    }
    if (is_invisible(wrong->code_point)) {
      return add(
          path,
          fmt::format("第{}字是看不见的字符 U+{:04X}（常由网页、表格或聊天记录粘贴带入），"
                      "请删去后再提交。",
                      wrong->at, wrong->code_point),
          fmt::format("character {} is U+{:04X}, which nobody sees (it often comes with what "
                      "is pasted); take it out.",
                      wrong->at, wrong->code_point));
    }
    add(path,
        fmt::format("第{}字是控制字符 U+{:04X}，请删去后再提交{}。", wrong->at, wrong->code_point,
                    rule.lines ? "" : "（此处不能分行）"),
        fmt::format("character {} is the control character U+{:04X}, which may not stand "
                    "here{}; take it out.",
                    wrong->at, wrong->code_point, rule.lines ? "" : " (nor may line ends)"));
  }

  void choice(const Rule& rule, int number, const Path& path) {
    if (number >= 0 && number < kEnumNumbersMax) {
      if ((rule.known >> number) & 1) return;
    } else if (rule.field->enum_type()->FindValueByNumber(number) != nullptr) {
      return;
    }
    std::vector<std::string_view> names;
    const auto& type = *rule.field->enum_type();
    for (int i = 0; i < type.value_count(); ++i) {
      if (type.value(i)->number() != 0) names.push_back(type.value(i)->name());
    }
    add(path, fmt::format("没有取值 {}，应为下列之一：{}。", number, fmt::join(names, "、")),
        fmt::format("{} is none of its values; choose one of {}.", number, fmt::join(names, ", ")));
  }

  template <class Number>
  void out_of_range(const Rule& rule, Number given, const Path& path) {
    add(path, fmt::format("应为{}至{}，收到{}。", rule.least, rule.most, given),
        fmt::format("{} to {}; {} was given.", rule.least, rule.most, given));
  }
  // Zero is "not given".
  void integer(const Rule& rule, std::int64_t given, const Path& path) {
    if (given != 0 && (given < rule.least || given > rule.most)) out_of_range(rule, given, path);
  }
  void real(const Rule& rule, double given, const Path& path) {
    const bool inside = given == 0 || (given >= static_cast<double>(rule.least) &&
                                       given <= static_cast<double>(rule.most));
    if (!inside) out_of_range(rule, given, path);  // Also what is no number.
  }

  void time(const Message& message, const Path& path) {
    const auto& reflection = *message.GetReflection();
    const auto& type = *message.GetDescriptor();
    const auto seconds = reflection.GetInt64(message, type.FindFieldByNumber(1));
    const auto nanos = reflection.GetInt32(message, type.FindFieldByNumber(2));
    if (seconds >= kSecondsMin && seconds <= kSecondsMax && nanos >= 0 && nanos <= 999'999'999) {
      return;
    }
    add(path, fmt::format("时间应在公元1至9999年（北京时间），收到{}秒{}纳秒。", seconds, nanos),
        fmt::format("a time between the years 1 and 9999 of Asia/Shanghai; {} s, {} ns were given.",
                    seconds, nanos));
  }

  static std::int64_t integer_of(const Message& message, const Reflection& reflection,
                                 const FieldDescriptor* field, int at) {
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return at < 0 ? reflection.GetInt32(message, field)
                      : reflection.GetRepeatedInt32(message, field, at);
      case FieldDescriptor::CPPTYPE_UINT32:
        return at < 0 ? reflection.GetUInt32(message, field)
                      : reflection.GetRepeatedUInt32(message, field, at);
      case FieldDescriptor::CPPTYPE_INT64:
        return at < 0 ? reflection.GetInt64(message, field)
                      : reflection.GetRepeatedInt64(message, field, at);
      default: {
        const auto value = at < 0 ? reflection.GetUInt64(message, field)
                                  : reflection.GetRepeatedUInt64(message, field, at);
        return static_cast<std::int64_t>(std::min<std::uint64_t>(value, INT64_MAX));
      }
    }
  }
  static double real_of(const Message& message, const Reflection& reflection,
                        const FieldDescriptor* field, int at) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_FLOAT) {
      return at < 0 ? reflection.GetFloat(message, field)
                    : reflection.GetRepeatedFloat(message, field, at);
    }
    return at < 0 ? reflection.GetDouble(message, field)
                  : reflection.GetRepeatedDouble(message, field, at);
  }

  std::vector<FieldViolation>* const wrong_;
};

}  // namespace

bool needs_limit(const FieldDescriptor& field) {
  if (field.is_repeated()) return true;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
    case FieldDescriptor::CPPTYPE_ENUM:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return false;
    default:
      return true;
  }
}

std::optional<Limit> limit_of(const FieldDescriptor& field) {
  if (field.options().HasExtension(platform::v1::limit)) {
    return field.options().GetExtension(platform::v1::limit);
  }
  const auto* shared = CallFields::descriptor()->FindFieldByName(field.name());
  if (shared == nullptr || shared->type() != field.type() ||
      !shared->options().HasExtension(platform::v1::limit)) {
    return std::nullopt;
  }
  return shared->options().GetExtension(platform::v1::limit);
}

Words describe(const FieldDescriptor& field) {
  const auto limit = limit_of(field);
  if (!limit) return {};
  Words words;
  const auto add = [&](std::string zh, std::string en) {
    words.zh += (words.zh.empty() ? "" : "，") + zh;
    words.en += (words.en.empty() ? "" : ", ") + en;
  };
  if (limit->items() > 0) {
    add(fmt::format("至多{}项", limit->items()), fmt::format("at most {} entries", limit->items()));
  }
  if (const auto* form = form_of(limit->format()))
    add(std::string(form->zh), std::string(form->en));
  if (limit->max() > 0) {
    const bool each = limit->items() > 0;
    add(fmt::format("{}至多{}字", each ? "每项" : "", limit->max()),
        fmt::format("{}at most {} characters", each ? "each " : "", limit->max()));
  }
  if (limit->lines()) add("可分行", "may have lines");
  if (limit->most() != 0) {
    add(fmt::format("{}至{}", limit->least(), limit->most()),
        fmt::format("{} to {}", limit->least(), limit->most()));
  }
  return words;
}

struct RequestLimits::Programs {
  const Program* request = nullptr;
  // Their nodes stay where they are, so rules may point at each other, in circles too.
  std::unordered_map<const Descriptor*, Program> all;

  const Program* learn(const Descriptor& message) {
    const auto [at, fresh] = all.emplace(&message, Program{});
    auto* program = &at->second;
    if (!fresh) return program;
    std::vector<Rule> rules;
    for (int i = 0; i < message.field_count(); ++i) {
      const auto& field = *message.field(i);
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL && !field.is_repeated()) continue;
      rules.push_back(rule_of(field));
    }
    program->rules = std::move(rules);
    return program;
  }

  Rule rule_of(const FieldDescriptor& field) {
    const auto limit = limit_of(field).value_or(Limit());
    Rule rule;
    rule.field = &field;
    rule.kind = kind_of(field, limit);
    rule.repeated = field.is_repeated();
    rule.lines = limit.lines();
    rule.max = limit.max() > 0 ? limit.max() : kTextMaxUndeclared;
    rule.items = limit.items() > 0 ? limit.items() : kItemsMaxUndeclared;
    rule.least = limit.least();
    rule.most = limit.most();
    rule.form = form_of(limit.format());
    if (rule.kind == Kind::kEnum) {
      const auto& type = *field.enum_type();
      for (int i = 0; i < type.value_count(); ++i) {
        const int number = type.value(i)->number();
        if (number >= 0 && number < kEnumNumbersMax) rule.known |= std::uint64_t{1} << number;
      }
    }
    if (rule.kind == Kind::kMessage) rule.inner = learn(*field.message_type());
    // The text of a map's entry, key and value, has the map's limit.
    if (field.is_map()) {
      for (auto& inner : all.at(field.message_type()).rules) inner.max = rule.max;
    }
    return rule;
  }
};

RequestLimits::RequestLimits(const Descriptor& request) : programs_(std::make_unique<Programs>()) {
  programs_->request = programs_->learn(request);
}
RequestLimits::~RequestLimits() = default;

void RequestLimits::check(const Message& request, std::vector<FieldViolation>* wrong) const {
  Check(wrong).run(*programs_->request, request, nullptr);
}

bool check_readable(const Message& request, std::vector<FieldViolation>* wrong) {
  const auto& unknown = request.GetReflection()->GetUnknownFields(request);
  for (int i = 0; i < unknown.field_count(); ++i) {
    const auto& field = unknown.field(i);
    if (field.number() != kUnreadableField ||
        field.type() != google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED) {
      continue;
    }
    const auto& name = field.length_delimited();
    if (name.empty()) {
      wrong->push_back({"request", "请求的字节无法识别，可能由其他版本的程序发出。",
                        "the bytes of the request cannot be read; another version may have sent "
                        "them."});
    } else {
      wrong->push_back({echo(name), "不是有效的UTF-8文字，请改用UTF-8编码后再提交。",
                        "it is not UTF-8; encode it so and send it again."});
    }
    return false;
  }
  return true;
}

}  // namespace lianmeng::limits
