#include <algorithm>
#include <ostream>

#include "ctl/commands.h"
#include "platform/base/assert.h"

namespace lianmeng::ctl {

int run_status(const Catalogue& catalogue, const Options& options, const Environment& environment) {
  const auto* check = catalogue.find_any_method("grpc.health.v1.Health.Check");
  LM_ASSERT(check != nullptr, "the descriptor set lacks grpc.health.v1");
  Caller caller(catalogue, options.address);
  auto call = options.call;
  call.attempts_max = 1;
  bool all_serve = true;
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
    all_serve = all_serve && state == "serving";
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
  return all_serve ? kExitOk : kExitUnavailable;
}

}  // namespace lianmeng::ctl
