// The services as their descriptors tell them: names, comments in two languages, messages made from
// nothing but the descriptor set that the build embeds (reflection of a server carries no
// comments).
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ctl/text.h"

namespace lianmeng::ctl {

namespace pb = google::protobuf;

// A comment taken apart: English, the line that starts with "zh: ", and what follows "Refused:".
struct Doc {
  std::string en;
  std::string zh;
  std::vector<std::string> refusals;  // "DEMAND_UNKNOWN", "DEMAND_ALREADY_TAKEN (names the lead)"
};

Doc parse_doc(std::string_view comment);
Doc doc_of(const pb::ServiceDescriptor& descriptor);
Doc doc_of(const pb::MethodDescriptor& descriptor);
Doc doc_of(const pb::Descriptor& descriptor);
Doc doc_of(const pb::FieldDescriptor& descriptor);
Doc doc_of(const pb::EnumValueDescriptor& descriptor);

// DEMAND_KIND_FUNDS is "funds"; words are joined by "-".
std::string short_name(const pb::EnumValueDescriptor& value);
// All choices of an enum but the unspecified zero.
std::vector<std::string> choices(const pb::EnumDescriptor& descriptor);
// Short or full name, "-" and "_" alike, in any case, or the Chinese label; null when there is
// none.
const pb::EnumValueDescriptor* find_value(const pb::EnumDescriptor& descriptor,
                                          std::string_view name);

// What a reader calls it: in Chinese the comment's first words when they are short enough for a
// column ("诉求编号"), else and in English the name in the proto or the short name.
std::string label_of(const pb::FieldDescriptor& field, Lang lang);
std::string label_of(const pb::EnumValueDescriptor& value, Lang lang);

struct Service {
  std::string name;  // "dispatch"
  const pb::ServiceDescriptor* descriptor = nullptr;
};

// Built once at start; const and safe from any thread afterwards (new_message locks inside
// protobuf). Messages made by it must not outlive it.
class Catalogue {
 public:
  // The bytes of a FileDescriptorSet with imports and source information. An unreadable one is a
  // broken build and ends the program.
  explicit Catalogue(std::string_view descriptor_set);
  ~Catalogue();

  // Those of the packages lianmeng.<name>.v1, by name.
  const std::vector<Service>& services() const { return services_; }
  const Service* find_service(std::string_view name) const;
  // By kebab name within a service.
  const pb::MethodDescriptor* find_method(const Service& service,
                                          std::string_view kebab_name) const;
  // "lianmeng.dispatch.v1.DispatchService/SubmitDemand", "dispatch.SubmitDemand" or
  // "dispatch submit-demand".
  const pb::MethodDescriptor* find_method(std::string_view path) const;
  const Service* service_of(const pb::MethodDescriptor& method) const;

  const pb::Descriptor* find_message(const std::string& full_name) const;
  // Any method of the set, also of services that are no commands (health).
  const pb::MethodDescriptor* find_any_method(const std::string& full_name) const;
  std::unique_ptr<pb::Message> new_message(const pb::Descriptor& descriptor) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
  std::vector<Service> services_;
};

std::vector<std::string> service_names(const Catalogue& catalogue);
std::vector<std::string> method_names(const Service& service);

// Every command request leads with county and request_id (conventions of the protos).
bool is_command(const pb::MethodDescriptor& method);
// The repeated messages that a list answers with; null when the answer is no list.
const pb::FieldDescriptor* list_field(const pb::Descriptor& response);
bool is_timestamp(const pb::FieldDescriptor& field);
bool is_duration(const pb::FieldDescriptor& field);

}  // namespace lianmeng::ctl
