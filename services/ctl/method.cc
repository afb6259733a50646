#include <fmt/format.h>

#include <ostream>

#include "ctl/commands.h"
#include "ctl/help.h"
#include "ctl/values.h"

namespace lianmeng::ctl {
namespace {

constexpr int kPageSizeOfAll = 500;

Result<std::unique_ptr<pb::Message>> build_request(const Catalogue& catalogue,
                                                   const pb::MethodDescriptor& method,
                                                   const std::vector<Flag>& flags,
                                                   const Parsed& parsed,
                                                   const Environment& environment) {
  auto request = catalogue.new_message(*method.input_type());
  // Documents first: single flags add to them, wherever they stand on the line.
  for (const auto& given : parsed.flags) {
    if (find_flag(flags, given.name) != nullptr) continue;
    auto json = given.name == "file" ? read_document(given.value, environment.in)
                                     : Result<std::string>(given.value);
    if (!json) return fail(std::move(json).error());
    if (auto status = merge_json(*request, *json); !status) return fail(std::move(status).error());
  }
  for (const auto& given : parsed.flags) {
    const auto* flag = find_flag(flags, given.name);
    if (flag == nullptr) continue;
    if (auto status = set_flag(*request, *flag, given.value); !status) {
      return fail(std::move(status).error());
    }
  }
  if (is_command(method)) {
    set_if_empty(*request, "request_id", make_uuid_v7(environment.clock.now(), environment.random));
  }
  return request;
}

int run_stream(const Catalogue& catalogue, const pb::MethodDescriptor& method,
               const pb::Message& request, const Options& options, const Environment& environment) {
  Caller caller(catalogue, options.address);
  environment.catch_stop();
  auto print = options.print;
  if (print.format == Format::kTable) print.format = Format::kNdjson;
  const auto status = caller.stream(
      method, request, options.call, [] {},
      [&](const pb::Message& message) {
        environment.out << to_json(message, print.format == Format::kJson) << "\n" << std::flush;
        return true;
      },
      environment.stopped);
  return status ? kExitOk : report(status.error(), options, environment);
}

// Every page of a list, printed page by page as lines of JSON, else as one.
Result<std::string> call_all(Caller& caller, const pb::MethodDescriptor& method,
                             pb::Message& request, const Options& options,
                             const Environment& environment) {
  const auto& response_type = *method.output_type();
  const auto* next = response_type.FindFieldByName("next_page_token");
  const auto* token = method.input_type()->FindFieldByName("page_token");
  const auto* size = method.input_type()->FindFieldByName("page_size");
  const bool pages = options.all && next != nullptr && token != nullptr;
  if (pages && size != nullptr && request.GetReflection()->GetInt32(request, size) == 0) {
    request.GetReflection()->SetInt32(&request, size, kPageSizeOfAll);
  }
  std::unique_ptr<pb::Message> all;
  while (true) {
    auto response = caller.call(method, request, options.call);
    if (!response) return fail(std::move(response).error());
    if (!pages) return print_response(**response, options.print);
    const auto following = get_text(**response, "next_page_token");
    (*response)->GetReflection()->ClearField(response->get(), next);
    if (options.print.format == Format::kNdjson) {
      const auto text = print_response(**response, options.print);
      if (!text) return text;
      environment.out << *text;
    } else if (all) {
      all->MergeFrom(**response);
    } else {
      all = std::move(*response);
    }
    if (following.empty()) break;
    request.GetReflection()->SetString(&request, token, following);
  }
  return all ? print_response(*all, options.print) : Result<std::string>(std::string());
}

}  // namespace

int run_method(const Catalogue& catalogue, const Service& service,
               const pb::MethodDescriptor& method, const std::vector<std::string>& arguments,
               Options options, const Environment& environment) {
  const auto flags = flags_of(*method.input_type());
  OwnFlags own;
  for (const auto& flag : flags) {
    own.push_back({flag.name, flag.is_switch() ? "" : "value", "", ""});
  }
  for (const auto& flag : request_flags()) {
    if (find_flag(flags, flag.name) == nullptr) own.push_back(flag);
  }
  const auto parsed = parse_arguments(arguments, own, options);
  if (!parsed) return report(parsed.error(), options, environment);
  if (options.help) {
    environment.out << method_help(service, method, options.lang(), environment.width);
    return kExitOk;
  }
  if (!parsed->positional.empty()) {
    const auto& word = parsed->positional.front();
    return report(
        usage_error(fmt::format("多余的“{}”；字段要写成 --选项 值", word),
                    fmt::format("\"{}\" is one too many; fields are given as --flag value", word)),
        options, environment);
  }
  auto request = build_request(catalogue, method, flags, *parsed, environment);
  if (!request) return report(request.error(), options, environment);
  if (method.server_streaming()) {
    return run_stream(catalogue, method, **request, options, environment);
  }
  Caller caller(catalogue, options.address);
  const auto text = call_all(caller, method, **request, options, environment);
  if (!text) {
    const int code = report(text.error(), options, environment);
    if (code == kExitUnavailable && is_command(method)) {
      environment.err << tr(options.lang(), "是否已执行尚不清楚；加上 --request-id ",
                            "Whether it was done is unknown; again with --request-id ")
                      << get_text(**request, "request_id")
                      << tr(options.lang(), " 重试，不会重复执行。\n", " it is done once.\n");
    }
    return code;
  }
  environment.out << *text;
  return kExitOk;
}

int report(const Error& error, const Options& options, const Environment& environment) {
  environment.err << error_text(error, options.lang());
  if (error.kind == ErrorKind::kUnavailable && !is_usage(error)) {
    environment.err << tr(options.lang(), "  服务器：", "  server: ") << options.address << "\n";
  }
  return exit_code(error);
}

}  // namespace lianmeng::ctl
