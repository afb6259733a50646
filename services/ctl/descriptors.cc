#include "ctl/descriptors.h"

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "ctl/text.h"
#include "platform/base/assert.h"

namespace lianmeng::ctl {
namespace {

template <class Descriptor>
Doc doc_from_source(const Descriptor& descriptor) {
  pb::SourceLocation location;
  if (!descriptor.GetSourceLocation(&location)) return {};
  return parse_doc(location.leading_comments.empty() ? location.trailing_comments
                                                     : location.leading_comments);
}

std::string upper_snake(std::string_view name) {
  std::string out = kebab(name);
  for (char& c : out) {
    if (c == '-') c = '_';
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

// "lianmeng.dispatch.v1" is "dispatch"; empty for other packages.
std::string part_of_package(const std::string& package) {
  const auto parts = split(package, '.');
  if (parts.size() != 3 || parts[0] != "lianmeng" || parts[2].empty() || parts[2][0] != 'v')
    return "";
  return kebab(parts[1]);
}

std::vector<std::string> parse_refusals(std::string_view text) {
  std::vector<std::string> out;
  std::string one;
  int depth = 0;
  const auto add = [&] {
    auto name = trim(one);
    while (!name.empty() && name.back() == '.') name.pop_back();
    if (!name.empty()) out.push_back(name);
    one.clear();
  };
  for (const char c : text) {
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (c == ',' && depth == 0) {
      add();
    } else {
      one += c;
    }
  }
  add();
  return out;
}

// "特急（灾害、病虫害），全天候计时。" is "特急"; empty when there is none or it is no label.
std::string chinese_label(const Doc& doc) {
  constexpr int kLabelWidthMax = 16;
  auto label = doc.zh;
  for (const std::string_view end : {"。", "（", "，", "；", "：", "、", "(", ",", ";", "."}) {
    label = label.substr(0, label.find(end));
  }
  label = trim(label);
  return display_width(label) <= kLabelWidthMax ? label : "";
}

// Where the English name says it all, the comment has the Chinese line alone: "Group id.".
Doc with_name(Doc doc, std::string_view name) {
  if (!doc.en.empty() || name.empty()) return doc;
  doc.en = name;
  std::ranges::replace_if(
      doc.en, [](char c) { return c == '_' || c == '-'; }, ' ');
  doc.en.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(doc.en.front())));
  doc.en += '.';
  return doc;
}

}  // namespace

Doc parse_doc(std::string_view comment) {
  constexpr std::string_view kZh = "zh:";
  constexpr std::string_view kRefused = "Refused:";
  Doc doc;
  std::string refused;
  bool in_refused = false;
  for (const auto& raw : split(comment, '\n')) {
    const auto line = trim(raw);
    if (line.starts_with(kZh)) {
      if (!doc.zh.empty()) doc.zh += ' ';
      doc.zh += trim(std::string_view(line).substr(kZh.size()));
      in_refused = false;
      continue;
    }
    if (const auto at = line.find(kRefused); at != std::string::npos) {
      in_refused = true;
      refused += (refused.empty() ? "" : ", ") + line.substr(at + kRefused.size());
      if (at > 0) doc.en += (doc.en.empty() ? "" : " ") + trim(line.substr(0, at));
      continue;
    }
    if (line.empty()) {
      in_refused = false;
      continue;
    }
    if (in_refused) {
      refused += ' ' + line;
    } else {
      doc.en += (doc.en.empty() ? "" : " ") + line;
    }
  }
  doc.refusals = parse_refusals(refused);
  return doc;
}

Doc doc_of(const pb::ServiceDescriptor& descriptor) { return doc_from_source(descriptor); }
Doc doc_of(const pb::MethodDescriptor& descriptor) { return doc_from_source(descriptor); }
Doc doc_of(const pb::Descriptor& descriptor) { return doc_from_source(descriptor); }
Doc doc_of(const pb::FieldDescriptor& descriptor) {
  return with_name(doc_from_source(descriptor), descriptor.name());
}
Doc doc_of(const pb::EnumValueDescriptor& descriptor) {
  return with_name(doc_from_source(descriptor), short_name(descriptor));
}

std::string label_of(const pb::FieldDescriptor& field, Lang lang) {
  if (lang == Lang::kEn) return field.name();
  const auto label = chinese_label(doc_of(field));
  return label.empty() ? field.name() : label;
}

std::string label_of(const pb::EnumValueDescriptor& value, Lang lang) {
  if (lang == Lang::kEn) return short_name(value);
  const auto label = chinese_label(doc_of(value));
  return label.empty() ? short_name(value) : label;
}

std::string short_name(const pb::EnumValueDescriptor& value) {
  std::string_view name = value.name();
  const auto prefix = upper_snake(value.type()->name()) + "_";
  if (name.starts_with(prefix) && name.size() > prefix.size()) name.remove_prefix(prefix.size());
  std::string out;
  for (const char c : name) {
    if (c == '_') {
      out += '-';
    } else {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return out;
}

std::vector<std::string> choices(const pb::EnumDescriptor& descriptor) {
  std::vector<std::string> out;
  for (int i = 0; i < descriptor.value_count(); ++i) {
    const auto& value = *descriptor.value(i);
    if (value.number() == 0 && value.name().ends_with("_UNSPECIFIED")) continue;
    out.push_back(short_name(value));
  }
  return out;
}

const pb::EnumValueDescriptor* find_value(const pb::EnumDescriptor& descriptor,
                                          std::string_view name) {
  const auto normal = [](std::string_view text) {
    std::string out(text);
    for (char& c : out) {
      if (c == '_') c = '-';
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
  };
  const auto wanted = normal(name);
  for (int i = 0; i < descriptor.value_count(); ++i) {
    const auto& value = *descriptor.value(i);
    if (wanted == normal(value.name()) || wanted == short_name(value)) return &value;
  }
  for (int i = 0; i < descriptor.value_count(); ++i) {
    if (label_of(*descriptor.value(i), Lang::kZh) == name) return descriptor.value(i);
  }
  return nullptr;
}

struct Catalogue::Parts {
  pb::DescriptorPool pool;
  pb::DynamicMessageFactory factory{&pool};
};

Catalogue::Catalogue(std::string_view descriptor_set) : parts_(std::make_unique<Parts>()) {
  pb::FileDescriptorSet set;
  LM_ASSERT(set.ParseFromArray(descriptor_set.data(), static_cast<int>(descriptor_set.size())),
            "the embedded descriptor set cannot be parsed");
  std::map<std::string, std::vector<const pb::ServiceDescriptor*>> by_part;
  for (const auto& file : set.file()) {
    const auto* built = parts_->pool.BuildFile(file);
    LM_ASSERT(built != nullptr, "the embedded descriptor set does not build");
    const auto part = part_of_package(built->package());
    if (part.empty()) continue;
    for (int i = 0; i < built->service_count(); ++i) by_part[part].push_back(built->service(i));
  }
  for (const auto& [part, descriptors] : by_part) {
    for (const auto* descriptor : descriptors) {
      auto name = part;
      if (descriptors.size() > 1) {
        name = kebab(descriptor->name());
        constexpr std::string_view kSuffix = "-service";
        if (name.ends_with(kSuffix)) name.resize(name.size() - kSuffix.size());
      }
      services_.push_back({name, descriptor});
    }
  }
}

Catalogue::~Catalogue() = default;

const Service* Catalogue::find_service(std::string_view name) const {
  const auto found = std::find_if(services_.begin(), services_.end(),
                                  [&](const Service& service) { return service.name == name; });
  return found == services_.end() ? nullptr : &*found;
}

const pb::MethodDescriptor* Catalogue::find_method(const Service& service,
                                                   std::string_view kebab_name) const {
  for (int i = 0; i < service.descriptor->method_count(); ++i) {
    const auto* method = service.descriptor->method(i);
    if (kebab(method->name()) == kebab_name) return method;
  }
  return nullptr;
}

const pb::MethodDescriptor* Catalogue::find_method(std::string_view path) const {
  const auto at = path.find_last_of("/. ");
  if (at == std::string_view::npos) return nullptr;
  const auto service_name = path.substr(0, at);
  const auto method_name = kebab(path.substr(at + 1));
  for (const auto& service : services_) {
    if (service.name == service_name || service.descriptor->full_name() == service_name) {
      return find_method(service, method_name);
    }
  }
  return nullptr;
}

const Service* Catalogue::service_of(const pb::MethodDescriptor& method) const {
  for (const auto& service : services_) {
    if (service.descriptor == method.service()) return &service;
  }
  return nullptr;
}

const pb::Descriptor* Catalogue::find_message(const std::string& full_name) const {
  return parts_->pool.FindMessageTypeByName(full_name);
}

const pb::MethodDescriptor* Catalogue::find_any_method(const std::string& full_name) const {
  return parts_->pool.FindMethodByName(full_name);
}

std::unique_ptr<pb::Message> Catalogue::new_message(const pb::Descriptor& descriptor) const {
  return std::unique_ptr<pb::Message>(parts_->factory.GetPrototype(&descriptor)->New());
}

std::vector<std::string> service_names(const Catalogue& catalogue) {
  std::vector<std::string> out;
  for (const auto& service : catalogue.services()) out.push_back(service.name);
  return out;
}

std::vector<std::string> method_names(const Service& service) {
  std::vector<std::string> out;
  for (int i = 0; i < service.descriptor->method_count(); ++i) {
    out.push_back(kebab(service.descriptor->method(i)->name()));
  }
  return out;
}

bool is_command(const pb::MethodDescriptor& method) {
  return method.input_type()->FindFieldByName("request_id") != nullptr;
}

const pb::FieldDescriptor* list_field(const pb::Descriptor& response) {
  if (response.FindFieldByName("next_page_token") == nullptr) return nullptr;
  for (int i = 0; i < response.field_count(); ++i) {
    const auto* field = response.field(i);
    if (field->is_repeated() && field->cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE) {
      return field;
    }
  }
  return nullptr;
}

bool is_timestamp(const pb::FieldDescriptor& field) {
  return field.message_type() != nullptr &&
         field.message_type()->full_name() == "google.protobuf.Timestamp";
}

bool is_duration(const pb::FieldDescriptor& field) {
  return field.message_type() != nullptr &&
         field.message_type()->full_name() == "google.protobuf.Duration";
}

}  // namespace lianmeng::ctl
