#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <thread>

#include "ctl/commands.h"
#include "ctl/values.h"

namespace lianmeng::ctl {
namespace {

const pb::MethodDescriptor* watch_method(const Service& service) {
  for (int i = 0; i < service.descriptor->method_count(); ++i) {
    const auto* method = service.descriptor->method(i);
    if (method->server_streaming() && method->name().starts_with("Watch")) return method;
  }
  return nullptr;
}

std::string first_of(const pb::Message& event, std::initializer_list<const char*> fields) {
  for (const auto* name : fields) {
    const auto* field = event.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr) continue;
    if (const auto text = cell(event, *field); !text.empty()) return text;
  }
  return "";
}

// What happened in the reader's language: the server's own sentence, else the comment of the
// event's type.
std::string what(const Catalogue& catalogue, const pb::Message& event, Lang lang) {
  const auto said =
      first_of(event, lang == Lang::kZh ? std::initializer_list<const char*>{"summary_zh"}
                                        : std::initializer_list<const char*>{"summary_en"});
  if (!said.empty()) return said;
  const auto type = first_of(event, {"type"});
  const auto* descriptor = catalogue.find_message(type);
  if (descriptor == nullptr) return type;
  const auto doc = doc_of(*descriptor);
  return lang == Lang::kZh && !doc.zh.empty() ? doc.zh : doc.en;
}

// "时间  编号  事项  标题  操作者"
std::string event_line(const Catalogue& catalogue, const pb::Message& response, Lang lang) {
  const auto* event = &response;
  const auto& type = *response.GetDescriptor();
  if (type.field_count() > 0 && !type.field(0)->is_repeated() &&
      type.field(0)->cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE &&
      !is_timestamp(*type.field(0))) {
    event = &response.GetReflection()->GetMessage(response, type.field(0));
  }
  std::vector<std::string> parts;
  parts.push_back(pad(first_of(*event, {"effective_time", "time", "recorded_time"}), 16));
  parts.push_back(pad(first_of(*event, {"number", "demand_number", "demand_id", "subject"}), 15));
  const auto sentence = what(catalogue, *event, lang);
  parts.push_back(sentence);
  const auto title = first_of(*event, {"title"});
  if (!title.empty() && sentence.find(title) == std::string::npos) parts.push_back(title);
  const auto name = first_of(*event, {"actor_name"});
  const auto actor = first_of(*event, {"actor"});
  parts.push_back(name.empty() ? actor : fmt::format("{}（{}）", name, actor));
  auto line = join(parts, "  ");
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

}  // namespace

int run_watch(const Catalogue& catalogue, const std::vector<Given>& flags, const Options& options,
              const Environment& environment) {
  const auto lang = options.lang();
  std::string county;
  std::string service_name = "dispatch";
  for (const auto& given : flags) (given.name == "county" ? county : service_name) = given.value;
  const auto* service = catalogue.find_service(service_name);
  const auto* method = service == nullptr ? nullptr : watch_method(*service);
  if (method == nullptr) {
    std::vector<std::string> known;
    for (const auto& one : catalogue.services()) {
      if (watch_method(one) != nullptr) known.push_back(one.name);
    }
    return report(usage_error(fmt::format("--service：“{}”没有可实时查看的事件。可选：{}",
                                          service_name, join(known, "、")),
                              fmt::format("--service: \"{}\" has nothing to watch. Choices: {}",
                                          service_name, join(known, ", "))),
                  options, environment);
  }
  if (county.empty()) {
    return report(usage_error("缺少 --county，例如 --county 610524",
                              "--county is missing, e.g. --county 610524"),
                  options, environment);
  }
  auto request = catalogue.new_message(*method->input_type());
  set_if_empty(*request, "county", county);
  environment.catch_stop();
  Caller caller(catalogue, options.address);
  const auto note = [&](std::string_view zh, std::string_view en) {
    environment.err << tr(lang, zh, en) << "\n" << std::flush;
  };
  bool was_open = false;
  auto untried = caller.places(*method);
  bool lost = false;
  while (!environment.stopped()) {
    const auto status = caller.stream(
        *method, *request, options.call,
        [&] {
          if (lost)
            note("已重新连接；中断期间的事件未显示",
                 "Connected again; what happened meanwhile is not shown");
          lost = false;
          was_open = true;
        },
        [&](const pb::Message& message) {
          environment.out << (options.print.format == Format::kTable
                                  ? event_line(catalogue, message, lang)
                                  : to_json(message, false))
                          << "\n"
                          << std::flush;
          return true;
        },
        environment.stopped);
    if (environment.stopped()) break;
    // A server that was never there is an error; one that went away will come back.
    const bool gone = status || exit_code(status.error()) == kExitUnavailable;
    if (gone && !was_open && --untried > 0) continue;
    if (!gone || !was_open) return report(status.error(), options, environment);
    if (!lost) note("连接中断，正在重新连接……", "Connection lost, connecting again…");
    lost = true;
    for (int i = 0; i < 5 && !environment.stopped(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
  return kExitOk;
}

}  // namespace lianmeng::ctl
