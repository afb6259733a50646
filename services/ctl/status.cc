#include <ostream>

#include "ctl/commands.h"
#include "platform/base/assert.h"

namespace lianmeng::ctl {

namespace {

// Why the server is not ready, in its own words; nothing when it cannot tell.
std::vector<std::string> not_ready_reasons(const Catalogue& catalogue, Caller& caller,
                                           const CallOptions& options) {
  const auto* method = catalogue.find_method("platform.GetInfo");
  if (method == nullptr) return {};
  const auto info = caller.call(*method, *catalogue.new_message(*method->input_type()), options);
  const auto* field = method->output_type()->FindFieldByName("not_ready_reasons");
  if (!info || field == nullptr) return {};
  std::vector<std::string> out;
  for (int i = 0; i < (*info)->GetReflection()->FieldSize(**info, field); ++i) {
    out.push_back((*info)->GetReflection()->GetRepeatedString(**info, field, i));
  }
  return out;
}

}  // namespace

int run_status(const Catalogue& catalogue, const Options& options, const Environment& environment) {
  const auto* check = catalogue.find_any_method("grpc.health.v1.Health.Check");
  LM_ASSERT(check != nullptr, "the descriptor set lacks grpc.health.v1");
  Caller caller(catalogue, options.address);
  auto call = options.call;
  call.attempts_max = 1;
  // A server need not hold every service; those that it holds must serve.
  int serving = 0;
  int others = 0;
  std::vector<std::vector<std::string>> rows;
  for (const auto& service : catalogue.services()) {
    auto request = catalogue.new_message(*check->input_type());
    set_if_empty(*request, "service", service.descriptor->full_name());
    const auto response = caller.call(*check, *request, call);
    std::string state;
    if (response) {
      state = cell(**response, *check->output_type()->FindFieldByName("status"));
    } else if (response.error().kind == ErrorKind::kNotFound) {
      state = "absent";
    } else {
      return report(response.error(), options, environment);
    }
    if (state != "absent") ++(state == "serving" ? serving : others);
    rows.push_back({service.name, state});
  }
  if (options.print.format == Format::kTable) {
    environment.out << table({"service", "state"}, rows, options.print.width);
  } else {
    // Names and states have nothing in them that JSON would escape.
    std::vector<std::string> parts;
    for (const auto& row : rows) parts.push_back("\"" + row[0] + "\":\"" + row[1] + "\"");
    environment.out << "{" << join(parts, ",") << "}\n";
  }
  if (serving > 0 && others == 0) return kExitOk;
  for (const auto& reason : not_ready_reasons(catalogue, caller, call)) {
    environment.err << reason << "\n";
  }
  return kExitUnavailable;
}

}  // namespace lianmeng::ctl
