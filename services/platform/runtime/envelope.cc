#include "platform/runtime/envelope.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <charconv>

#include "platform/base/assert.h"
#include "platform/log/topic_rules.h"

namespace lianmeng::runtime {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// About what the headers of a record take.
constexpr std::size_t kHeadersBytes = 768;

template <class Number>
bool parse_number(std::string_view text, Number* out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

const FieldDescriptor* case_of(const Message& event) {
  const auto* descriptor = event.GetDescriptor();
  LM_ASSERT(descriptor->oneof_decl_count() == 1, "{} is no event wrapper", descriptor->full_name());
  const auto* field =
      event.GetReflection()->GetOneofFieldDescriptor(event, descriptor->oneof_decl(0));
  LM_ASSERT(field != nullptr, "{} holds no event", descriptor->full_name());
  return field;
}

}  // namespace

std::string topic_of(std::string_view service) { return log::service_topic(service); }

log::Record to_record(const Envelope& envelope, std::string_view source) {
  log::Record record;
  if (!envelope.county.empty()) record.key = envelope.county.str();
  record.value = envelope.value;
  auto& headers = record.headers;
  headers.reserve(kHeadersBytes);
  const auto add_text = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) headers.add(name, value);
  };
  headers.add("ce_specversion", "1.0");
  headers.add("ce_id", envelope.id);
  headers.add("ce_source", source);
  headers.add("ce_type", envelope.type);
  headers.add("ce_time", to_rfc3339(envelope.time));
  add_text("ce_subject", envelope.subject);
  add_text("ce_partitionkey", envelope.county.str());
  headers.add("ce_sequence", fmt::format_int(envelope.sequence).c_str());
  headers.add("ce_prev", envelope.prev);
  headers.add("ce_host", envelope.host);
  headers.add("ce_fold", fmt::format_int(envelope.fold).c_str());
  if (envelope.cause) headers.add("ce_cause", to_string(*envelope.cause));
  if (envelope.actor) headers.add("ce_actor", to_string(*envelope.actor));
  add_text("ce_requestid", envelope.request_id);
  add_text("ce_requesthash", envelope.request_hash);
  if (envelope.effective_time) {
    headers.add("ce_effectivetime", to_rfc3339(*envelope.effective_time));
  }
  add_text("ce_externalid", envelope.external_id);
  add_text("ce_traceparent", envelope.traceparent);
  headers.add("content-type", "application/protobuf");
  return record;
}

std::optional<Envelope> parse_record(log::Record&& record) {
  Envelope envelope;
  bool has_prev = false;
  bool ok = true;
  for (const auto& [name, value] : record.headers) {
    if (name == "ce_id") {
      envelope.id = value;
    } else if (name == "ce_prev") {
      envelope.prev = value;
      has_prev = true;
    } else if (name == "ce_sequence") {
      ok = ok && parse_number(value, &envelope.sequence);
    } else if (name == "ce_type") {
      envelope.type = value;
    } else if (name == "ce_time") {
      const auto time = parse_rfc3339(value);
      ok = ok && time.has_value();
      if (time) envelope.time = *time;
    } else if (name == "ce_effectivetime") {
      const auto time = parse_rfc3339(value);
      ok = ok && time.has_value();
      if (time) envelope.effective_time = *time;
    } else if (name == "ce_subject") {
      envelope.subject = value;
    } else if (name == "ce_host") {
      envelope.host = value;
    } else if (name == "ce_fold") {
      ok = ok && parse_number(value, &envelope.fold);
    } else if (name == "ce_cause") {
      auto cause = parse_place(value);
      ok = ok && cause.has_value();
      if (cause) envelope.cause = std::move(*cause);
    } else if (name == "ce_actor") {
      auto actor = parse_actor(value);
      ok = ok && actor.has_value();
      if (actor) envelope.actor = std::move(*actor);
    } else if (name == "ce_requestid") {
      envelope.request_id = value;
    } else if (name == "ce_requesthash") {
      envelope.request_hash = value;
    } else if (name == "ce_externalid") {
      envelope.external_id = value;
    } else if (name == "ce_traceparent") {
      envelope.traceparent = value;
    }
  }
  if (!ok || !has_prev || envelope.id.empty() || envelope.type.empty() || envelope.sequence == 0) {
    return std::nullopt;
  }
  if (record.key) envelope.county = CountyId(std::move(*record.key));
  envelope.value = std::move(record.value);
  return envelope;
}

EventMeta meta_of(const Envelope& envelope) {
  EventMeta meta;
  meta.county = envelope.county;
  if (envelope.actor) meta.actor = *envelope.actor;
  meta.time = envelope.time;
  meta.effective_time = envelope.effective_time.value_or(envelope.time);
  meta.sequence = envelope.sequence;
  meta.imported = envelope.effective_time.has_value();
  meta.cause = envelope.cause;
  meta.traceparent = envelope.traceparent;
  return meta;
}

std::string event_type(const Message& event) {
  return std::string(case_of(event)->message_type()->full_name());
}

std::string event_bytes(const Message& event) {
  const auto& inner = event.GetReflection()->GetMessage(event, case_of(event));
  std::string bytes;
  LM_ASSERT(inner.SerializeToString(&bytes));
  return bytes;
}

EventPtr decode_event(const Message& prototype, std::string_view type, std::string_view bytes) {
  const auto* oneof = prototype.GetDescriptor()->oneof_decl(0);
  for (int i = 0; i < oneof->field_count(); ++i) {
    const auto* field = oneof->field(i);
    if (field->message_type()->full_name() != type) continue;
    std::shared_ptr<Message> event(prototype.New());
    auto* inner = event->GetReflection()->MutableMessage(event.get(), field);
    if (!inner->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return nullptr;
    return event;
  }
  return nullptr;
}

}  // namespace lianmeng::runtime
