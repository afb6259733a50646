#include "ctl/import_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "ctl/caller.h"
#include "ctl/printer.h"
#include "ctl/request_builder.h"
#include "ctl/text.h"
#include "ctl/values.h"

namespace lianmeng::ctl {
namespace {

using Json = nlohmann::json;

Error at_line(int number, const std::string& external_id, const Error& error) {
  const auto which = external_id.empty() ? std::string() : fmt::format(" ({})", external_id);
  return usage_error(fmt::format("第 {} 行{}：{}", number, which, error.message_zh),
                     fmt::format("line {}{}: {}", number, which, error.message_en));
}

// Every text in the request, to look at or to change.
void each_text(Json& value, const std::function<void(std::string&)>& visit) {
  if (value.is_string()) {
    visit(value.get_ref<std::string&>());
  } else if (value.is_structured()) {
    for (auto& inner : value) each_text(inner, visit);
  }
}

// An actor's parts that may be references: "@x", "person:@x", "…;for=@x".
std::string map_actor(std::string_view actor,
                      const std::function<std::string(const Reference&)>& visit) {
  std::vector<std::string> parts;
  for (auto part : split(actor, ';')) {
    const auto at = part.find('@');
    if (at != std::string::npos) {
      if (const auto reference = parse_reference(std::string_view(part).substr(at))) {
        part = part.substr(0, at) + visit(*reference);
      }
    }
    parts.push_back(part);
  }
  return join(parts, ";");
}

Result<ImportLine> read_line(const Catalogue& catalogue, int number, const std::string& text,
                             const std::string& default_actor) {
  const auto json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) {
    return fail(usage_error("不是一个完整的 JSON 对象", "this is no whole JSON object"));
  }
  ImportLine line;
  line.number = number;
  std::string command;
  Json request = Json::object();
  for (const auto& [key, value] : json.items()) {
    std::string* target = key == "command"          ? &command
                          : key == "actor"          ? &line.actor
                          : key == "effective_time" ? &line.effective_time
                          : key == "external_id"    ? &line.external_id
                          : key == "county"         ? &line.county
                                                    : nullptr;
    if (key == "request" && value.is_object()) {
      request = value;
    } else if (target != nullptr && value.is_string()) {
      *target = value.get<std::string>();
    } else if (target != nullptr || key == "request") {
      return fail(usage_error(fmt::format("“{}”的写法不对", key),
                              fmt::format("\"{}\" is of the wrong type", key)));
    } else {
      const std::vector<std::string> known = {"command",     "actor",  "effective_time",
                                              "external_id", "county", "request"};
      const auto near = nearest(key, known);
      return fail(usage_error(
          fmt::format("没有“{}”这一项{}", key,
                      near.empty() ? "" : fmt::format("，是不是“{}”？", near)),
          fmt::format("there is no \"{}\"{}", key,
                      near.empty() ? "" : fmt::format(", did you mean \"{}\"?", near))));
    }
  }
  line.method = catalogue.find_method(command);
  if (line.method == nullptr) {
    std::vector<std::string> known;
    for (const auto& service : catalogue.services()) {
      for (int i = 0; i < service.descriptor->method_count(); ++i) {
        known.push_back(service.name + "." + service.descriptor->method(i)->name());
      }
    }
    const auto near = nearest(command, known);
    return fail(
        usage_error(fmt::format("没有“{}”这个命令{}", command,
                                near.empty() ? "" : fmt::format("，是不是“{}”？", near)),
                    fmt::format("there is no command \"{}\"{}", command,
                                near.empty() ? "" : fmt::format(", did you mean \"{}\"?", near))));
  }
  line.command = catalogue.service_of(*line.method)->name + "." + line.method->name();
  if (!is_command(*line.method)) {
    return fail(usage_error(fmt::format("{} 是查询，不能导入", line.command),
                            fmt::format("{} is a query and cannot be imported", line.command)));
  }
  if (line.external_id.empty()) {
    return fail(
        usage_error("缺少 external_id；没有它，再次导入就会重复执行",
                    "external_id is missing; without it a second import would do it twice"));
  }
  if (line.actor.empty()) line.actor = default_actor;
  if (line.actor.empty()) {
    return fail(
        usage_error("缺少 actor（也没有用 --as 指定）", "actor is missing (and no --as given)"));
  }
  if (line.county.empty()) line.county = request.value("county", std::string());
  std::set<Reference> references;
  each_text(request, [&](std::string& value) {
    if (const auto reference = parse_reference(value)) references.insert(*reference);
  });
  map_actor(line.actor, [&](const Reference& reference) {
    references.insert(reference);
    return reference.external_id;
  });
  line.references.assign(references.begin(), references.end());
  line.request = request.dump();
  return line;
}

const pb::FieldDescriptor* text_field(const pb::Descriptor& type, const std::string& name) {
  const auto* field = type.FindFieldByName(name);
  const bool text = field != nullptr && !field->is_repeated() &&
                    field->cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING;
  return text ? field : nullptr;
}

// The id of what an answer calls `name`: of a demand demand_id, of a county county; a message that
// wraps the thing (with what belongs to it) has it one down. Else the first id that there is.
std::string id_of(const pb::Message& resource, const std::string& name) {
  const auto& type = *resource.GetDescriptor();
  const auto& reflection = *resource.GetReflection();
  for (const auto& own : {name + "_id", name, std::string("id")}) {
    if (const auto* field = text_field(type, own)) return reflection.GetString(resource, field);
  }
  const auto* first = type.field_count() > 0 ? type.field(0) : nullptr;
  if (first != nullptr && !first->is_repeated() &&
      first->cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE) {
    return id_of(reflection.GetMessage(resource, first), name);
  }
  for (int i = 0; i < type.field_count(); ++i) {
    const auto* field = text_field(type, type.field(i)->name());
    if (field != nullptr && field->name().ends_with("_id"))
      return reflection.GetString(resource, field);
  }
  return "";
}

}  // namespace

std::optional<Reference> parse_reference(std::string_view text) {
  if (!text.starts_with('@') || text.starts_with("@@") || text.size() == 1) return std::nullopt;
  text.remove_prefix(1);
  const auto hash = text.find('#');
  if (hash == std::string_view::npos) return Reference{std::string(text), ""};
  return Reference{std::string(text.substr(0, hash)), std::string(text.substr(hash + 1))};
}

ImportFile read_import(const Catalogue& catalogue, const std::string& text,
                       const std::string& default_actor) {
  ImportFile file;
  std::map<std::string, int> seen;  // external id -> line
  int number = 0;
  for (const auto& raw : split(text, '\n')) {
    ++number;
    const auto content = trim(raw);
    if (content.empty() || content.starts_with('#')) continue;
    auto line = read_line(catalogue, number, content, default_actor);
    if (!line) {
      file.problems.push_back(at_line(number, "", line.error()));
      continue;
    }
    const auto problem = [&](const Error& error) {
      file.problems.push_back(at_line(number, line->external_id, error));
    };
    Resolved stand_ins;
    for (const auto& reference : line->references) {
      if (!seen.contains(reference.external_id)) {
        problem(usage_error(
            fmt::format("前面没有 external_id 为“{}”的行；若不是引用，请写成 @@",
                        reference.external_id),
            fmt::format("no earlier line has the external_id \"{}\"; write @@ if it is text",
                        reference.external_id)));
      }
      stand_ins[reference] = "1";
    }
    const auto [before, is_new] = seen.emplace(line->external_id, number);
    if (!is_new) {
      problem(usage_error(fmt::format("external_id 与第 {} 行相同", before->second),
                          fmt::format("line {} has the same external_id", before->second)));
    }
    if (const auto request = make_request(catalogue, *line, stand_ins); !request) {
      problem(request.error());
    }
    if (const auto actor = full_actor(make_actor(*line, stand_ins)); !actor) problem(actor.error());
    file.lines.push_back(std::move(*line));
  }
  return file;
}

Result<std::unique_ptr<pb::Message>> make_request(const Catalogue& catalogue,
                                                  const ImportLine& line,
                                                  const Resolved& resolved) {
  auto json = Json::parse(line.request);
  each_text(json, [&](std::string& value) {
    if (const auto reference = parse_reference(value)) {
      value = resolved.at(*reference);
    } else if (value.starts_with("@@")) {
      value.erase(0, 1);
    }
  });
  auto request = catalogue.new_message(*line.method->input_type());
  if (auto status = merge_json(*request, json.dump()); !status)
    return fail(std::move(status).error());
  set_if_empty(*request, "county", line.county);
  set_if_empty(*request, "external_id", line.external_id);
  if (!line.effective_time.empty()) {
    const auto* field = line.method->input_type()->FindFieldByName("effective_time");
    if (field == nullptr) {
      return fail(usage_error(fmt::format("{} 没有 effective_time", line.command),
                              fmt::format("{} has no effective_time", line.command)));
    }
    if (auto status = set_from_text(*request, *field, line.effective_time, "effective_time");
        !status) {
      return fail(std::move(status).error());
    }
  }
  return request;
}

std::string make_actor(const ImportLine& line, const Resolved& resolved) {
  return map_actor(line.actor, [&](const Reference& reference) { return resolved.at(reference); });
}

std::string referred_to(const pb::Message& response, const std::string& path) {
  if (path.empty()) {
    const auto& type = *response.GetDescriptor();
    if (type.field_count() == 0) return "";
    const auto* first = type.field(0);
    if (first->is_repeated() || first->cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE)
      return "";
    return id_of(response.GetReflection()->GetMessage(response, first), first->name());
  }
  const auto* message = &response;
  const auto steps = split(path, '.');
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto* field = message->GetDescriptor()->FindFieldByName(steps[i]);
    if (field == nullptr) return "";
    const auto& reflection = *message->GetReflection();
    if (i + 1 == steps.size()) return field->is_repeated() ? "" : cell(*message, *field);
    if (field->cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE) return "";
    if (!field->is_repeated()) {
      message = &reflection.GetMessage(*message, field);
      continue;
    }
    const auto& index = steps[++i];
    const bool digits =
        !index.empty() && index.size() < 6 &&
        std::all_of(index.begin(), index.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!digits || std::stoi(index) >= reflection.FieldSize(*message, field)) return "";
    message = &reflection.GetRepeatedMessage(*message, field, std::stoi(index));
  }
  return "";
}

}  // namespace lianmeng::ctl
