#include "platform/testing/golden.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>

namespace lianmeng::testing {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

namespace {

constexpr int kDepthMax = 6;  // A message that holds itself is filled no deeper.

std::string to_hex(const std::string& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const unsigned char byte : bytes) {
    hex.push_back(kDigits[byte >> 4]);
    hex.push_back(kDigits[byte & 15]);
  }
  return hex.empty() ? "-" : hex;
}

bool from_hex(const std::string& hex, std::string* bytes) {
  bytes->clear();
  if (hex == "-") return true;
  if (hex.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const auto high = std::string("0123456789abcdef").find(hex[i]);
    const auto low = std::string("0123456789abcdef").find(hex[i + 1]);
    if (high == std::string::npos || low == std::string::npos) return false;
    bytes->push_back(static_cast<char>(high * 16 + low));
  }
  return true;
}

std::string bytes_of(const Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream out(&stream);
    out.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&out);
  }
  return bytes;
}

std::string text_of(const Message& message) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  printer.SetUseUtf8StringEscaping(true);
  std::string text;
  printer.PrintToString(message, &text);
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

// Values that differ from field to field; of a oneof the member that `variant` names.
void fill(Message& message, int variant, int depth) {
  const auto* descriptor = message.GetDescriptor();
  const auto* reflection = message.GetReflection();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    if (const auto* oneof = field->real_containing_oneof();
        oneof != nullptr && oneof->field(variant % oneof->field_count()) != field) {
      continue;
    }
    const bool many = field->is_repeated();
    const int number = field->number();
#define LM_SET(kind, value)                            \
  many ? reflection->Add##kind(&message, field, value) \
       : reflection->Set##kind(&message, field, value)
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        LM_SET(Int32, number);
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        LM_SET(Int64, number * 1'000'000'007LL);
        break;
      case FieldDescriptor::CPPTYPE_UINT32:
        LM_SET(UInt32, static_cast<unsigned>(number));
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        LM_SET(UInt64, static_cast<unsigned>(number) * 1'000'000'007ULL);
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        LM_SET(Double, number + 0.5);
        break;
      case FieldDescriptor::CPPTYPE_FLOAT:
        LM_SET(Float, static_cast<float>(number) + 0.5F);
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        LM_SET(Bool, true);
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        LM_SET(EnumValue,
               field->enum_type()->value(field->enum_type()->value_count() - 1)->number());
        break;
      case FieldDescriptor::CPPTYPE_STRING:
        LM_SET(String, std::string(field->name()));
        break;
      case FieldDescriptor::CPPTYPE_MESSAGE:
        if (depth < kDepthMax) {
          fill(many ? *reflection->AddMessage(&message, field)
                    : *reflection->MutableMessage(&message, field),
               variant, depth + 1);
        }
        break;
    }
#undef LM_SET
  }
}

// Every field below a message, by its path.
void fields_of(const Descriptor* descriptor, const std::string& path, int depth,
               std::set<std::string>& out) {
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    const auto name = path + "." + field->name();
    out.insert(name);
    if (field->message_type() != nullptr && depth < kDepthMax) {
      fields_of(field->message_type(), name, depth + 1, out);
    }
  }
}

void fields_set(const Message& message, const std::string& path, std::set<std::string>& out) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const auto* field : fields) {
    const auto name = path + "." + field->name();
    out.insert(name);
    if (field->message_type() == nullptr) continue;
    if (field->is_repeated()) {
      for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
        fields_set(message.GetReflection()->GetRepeatedMessage(message, field, i), name, out);
      }
    } else {
      fields_set(message.GetReflection()->GetMessage(message, field), name, out);
    }
  }
}

bool has_unknown(const Message& message) {
  if (!message.GetReflection()->GetUnknownFields(message).empty()) return true;
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->message_type() == nullptr) continue;
    if (!field->is_repeated()) {
      if (has_unknown(message.GetReflection()->GetMessage(message, field))) return true;
      continue;
    }
    for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
      if (has_unknown(message.GetReflection()->GetRepeatedMessage(message, field, i))) return true;
    }
  }
  return false;
}

}  // namespace

void check_golden(const Message& wrapper, const std::string& file) {
  const auto* oneof = wrapper.GetDescriptor()->oneof_decl(0);
  ASSERT_NE(oneof, nullptr) << wrapper.GetTypeName() << " has no oneof";
  std::map<std::string, std::unique_ptr<Message>> prototypes;
  for (int i = 0; i < oneof->field_count(); ++i) {
    const auto whole = std::unique_ptr<Message>(wrapper.New());
    const auto* field = oneof->field(i);
    prototypes[field->message_type()->name()] =
        std::unique_ptr<Message>(whole->GetReflection()->MutableMessage(whole.get(), field)->New());
  }

  std::map<std::string, std::set<std::string>> covered;
  std::ifstream in(file);
  EXPECT_TRUE(in.is_open()) << "cannot open " << file;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line.front() == '#') continue;
    const auto at = file + ":" + std::to_string(number);
    std::istringstream words(line);
    std::string name;
    std::string hex;
    std::string text;
    words >> name >> hex >> std::ws;
    std::getline(words, text);
    const auto found = prototypes.find(name);
    if (found == prototypes.end()) {
      ADD_FAILURE() << at << ": " << name << " is no case of " << wrapper.GetTypeName()
                    << " any more; a case is never removed";
      continue;
    }
    std::string bytes;
    const auto sample = std::unique_ptr<Message>(found->second->New());
    if (!from_hex(hex, &bytes) || !sample->ParseFromString(bytes)) {
      ADD_FAILURE() << at << ": " << name << " does not parse";
      continue;
    }
    EXPECT_FALSE(has_unknown(*sample)) << at << ": " << name << " has a field that is not known";
    EXPECT_EQ(text_of(*sample), text) << at << ": " << name << " reads differently now";
    EXPECT_EQ(to_hex(bytes_of(*sample)), hex)
        << at << ": " << name << " is written differently now";
    fields_set(*sample, "", covered[name]);
  }

  for (const auto& [name, prototype] : prototypes) {
    std::set<std::string> wanted;
    fields_of(prototype->GetDescriptor(), "", 0, wanted);
    auto& have = covered[name];
    std::string missing;
    for (const auto& field : wanted) {
      if (!have.contains(field)) missing += " " + field.substr(1);
    }
    if (missing.empty()) continue;
    std::string lines;
    for (int variant = 0; variant < 64; ++variant) {
      const auto sample = std::unique_ptr<Message>(prototype->New());
      fill(*sample, variant, 0);
      const auto before = have.size();
      fields_set(*sample, "", have);
      if (have.size() == before) break;
      lines += name + " " + to_hex(bytes_of(*sample)) + " " + text_of(*sample) + "\n";
    }
    ADD_FAILURE() << name << ": no sample has" << missing << "\nadd to " << file << ":\n" << lines;
  }
}

}  // namespace lianmeng::testing
