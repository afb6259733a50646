#include "ctl/caller.h"

#include <fmt/format.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <thread>

#include "ctl/values.h"
#include "platform/base/ids.h"

namespace lianmeng::ctl {
namespace {

grpc::ByteBuffer to_buffer(const pb::Message& message) {
  grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

bool parse(grpc::ByteBuffer& buffer, pb::Message& message) {
  grpc::Slice slice;
  if (!buffer.DumpToSingleSlice(&slice).ok()) return false;
  return message.ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
}

std::string path_of(const pb::MethodDescriptor& method) {
  return fmt::format("/{}/{}", method.service()->full_name(), method.name());
}

Status fill(grpc::ClientContext& context, const CallOptions& options, const std::string& address,
            int attempt) {
  const auto token = read_token(options.credentials, address);
  if (!token) return fail(token.error());
  if (!token->empty()) context.AddMetadata("authorization", "Bearer " + *token);
  if (!options.actor.empty()) context.AddMetadata("lianmeng-actor", options.actor);
  context.AddMetadata("lianmeng-attempt", std::to_string(attempt));
  return {};
}

// Worth another attempt: nothing came back, or nothing was done.
bool is_repeatable(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::ABORTED:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return true;
    default:
      return false;
  }
}

ErrorKind kind_of(int code) {
  switch (static_cast<grpc::StatusCode>(code)) {
    case grpc::StatusCode::CANCELLED:
      return ErrorKind::kCancelled;
    case grpc::StatusCode::INVALID_ARGUMENT:
      return ErrorKind::kInvalidArgument;
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return ErrorKind::kDeadlineExceeded;
    case grpc::StatusCode::NOT_FOUND:
      return ErrorKind::kNotFound;
    case grpc::StatusCode::ALREADY_EXISTS:
      return ErrorKind::kAlreadyExists;
    case grpc::StatusCode::PERMISSION_DENIED:
      return ErrorKind::kPermissionDenied;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return ErrorKind::kResourceExhausted;
    case grpc::StatusCode::FAILED_PRECONDITION:
      return ErrorKind::kFailedPrecondition;
    case grpc::StatusCode::ABORTED:
      return ErrorKind::kAborted;
    case grpc::StatusCode::OUT_OF_RANGE:
      return ErrorKind::kOutOfRange;
    case grpc::StatusCode::UNIMPLEMENTED:
      return ErrorKind::kUnimplemented;
    case grpc::StatusCode::UNAVAILABLE:
      return ErrorKind::kUnavailable;
    case grpc::StatusCode::DATA_LOSS:
      return ErrorKind::kDataLoss;
    case grpc::StatusCode::UNAUTHENTICATED:
      return ErrorKind::kUnauthenticated;
    default:
      return ErrorKind::kInternal;
  }
}

std::string text_field(const pb::Message& message, const char* name) {
  const auto* field = message.GetDescriptor()->FindFieldByName(name);
  return field == nullptr ? "" : message.GetReflection()->GetString(message, field);
}

// Of "zh / en" the half asked for; what has no halves is whole in both.
std::string half(const std::string& text, Lang lang) {
  const auto at = text.find(" / ");
  if (at == std::string::npos) return text;
  return lang == Lang::kZh ? text.substr(0, at) : text.substr(at + 3);
}

void read_detail(const pb::Message& detail, Error& error) {
  const auto& type = *detail.GetDescriptor();
  const auto& reflection = *detail.GetReflection();
  if (type.full_name() == "google.rpc.ErrorInfo") {
    error.reason = text_field(detail, "reason");
    const auto* metadata = type.FindFieldByName("metadata");
    for (int i = 0; i < reflection.FieldSize(detail, metadata); ++i) {
      const auto& entry = reflection.GetRepeatedMessage(detail, metadata, i);
      error.metadata[text_field(entry, "key")] = text_field(entry, "value");
    }
  } else if (type.full_name() == "google.rpc.BadRequest") {
    const auto* violations = type.FindFieldByName("field_violations");
    for (int i = 0; i < reflection.FieldSize(detail, violations); ++i) {
      const auto& violation = reflection.GetRepeatedMessage(detail, violations, i);
      const auto description = text_field(violation, "description");
      error.violations.push_back({text_field(violation, "field"), half(description, Lang::kZh),
                                  half(description, Lang::kEn)});
    }
  } else if (type.full_name() == "google.rpc.LocalizedMessage") {
    const auto text = text_field(detail, "message");
    (text_field(detail, "locale").starts_with("zh") ? error.message_zh : error.message_en) = text;
  }
}

}  // namespace

struct Caller::Channel {
  Channel(const std::string& to, const std::shared_ptr<grpc::ChannelCredentials>& credentials)
      : address(to), stub(connect(to, credentials)) {}

  // A server that restarts is found again within a second: gRPC's own patience is two minutes.
  static std::shared_ptr<grpc::Channel> connect(
      const std::string& address, const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    // Also how long a connect may take, TLS included: on a long way several round trips.
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 2000);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
    arguments.SetMaxReceiveMessageSize(-1);
    return grpc::CreateCustomChannel(address, credentials, arguments);
  }

  const std::string address;
  grpc::GenericStub stub;
};

Caller::Caller(const Catalogue& catalogue, std::string address)
    : catalogue_(catalogue),
      address_(std::move(address)),
      endpoints_(Endpoints::parse(address_).value_or(Endpoints())) {}

Caller::~Caller() = default;

Result<Caller::Channel*> Caller::channel(const pb::MethodDescriptor& method,
                                         const CallOptions& options, bool next) {
  const auto service = service_of(method.service()->full_name());
  const auto& addresses = endpoints_.of(service);
  auto& current = current_[service];
  if (next) ++current;
  const auto& address = addresses.empty() ? address_ : addresses[current % addresses.size()];
  auto& channel = channels_[address];
  if (channel == nullptr) {
    const auto credentials = open_channel_credentials(options.credentials);
    if (!credentials) return fail(credentials.error());
    channel = std::make_unique<Channel>(address, *credentials);
  }
  return channel.get();
}

std::size_t Caller::places(const pb::MethodDescriptor& method) const {
  return std::max<std::size_t>(1, endpoints_.of(service_of(method.service()->full_name())).size());
}

Result<std::unique_ptr<pb::Message>> Caller::call(const pb::MethodDescriptor& method,
                                                  const pb::Message& request,
                                                  const CallOptions& options) {
  const auto payload = to_buffer(request);
  auto pause = std::chrono::milliseconds(100);
  for (int attempt = 1;; ++attempt) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + options.timeout);
    const auto place = channel(method, options, attempt > 1);
    if (!place) return fail(place.error());
    if (auto filled = fill(context, options, (*place)->address, attempt); !filled) {
      return fail(std::move(filled).error());
    }
    grpc::CompletionQueue queue;
    grpc::ByteBuffer answer;
    grpc::Status status;
    auto reader = (*place)->stub.PrepareUnaryCall(&context, path_of(method), payload, &queue);
    reader->StartCall();
    reader->Finish(&answer, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    if (status.ok()) {
      auto response = catalogue_.new_message(*method.output_type());
      if (parse(answer, *response)) return response;
      return fail(ErrorKind::kInternal, "ANSWER_UNREADABLE",
                  fmt::format("{} answered what {} cannot be read from", address_,
                              method.output_type()->full_name()));
    }
    if (!is_repeatable(status.error_code()) || attempt >= options.attempts_max) {
      return fail(decode_error(catalogue_, status.error_code(), status.error_message(),
                               status.error_details()));
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(2'000));
  }
}

Status Caller::stream(const pb::MethodDescriptor& method, const pb::Message& request,
                      const CallOptions& options, const std::function<void()>& on_open,
                      const std::function<bool(const pb::Message&)>& on_message,
                      const std::function<bool()>& stopped) {
  const auto place = channel(method, options, false);
  if (!place) return fail(place.error());
  grpc::ClientContext context;
  if (auto filled = fill(context, options, (*place)->address, 1); !filled) return filled;
  grpc::CompletionQueue queue;
  grpc::Status status;
  bool ended_here = false;

  // Waits for the one operation that is under way; a stop cancels it and it then comes back.
  const auto wait = [&] {
    void* tag = nullptr;
    bool ok = false;
    while (true) {
      const auto deadline = std::chrono::system_clock::now() + std::chrono::milliseconds(100);
      const auto next = queue.AsyncNext(&tag, &ok, deadline);
      if (next == grpc::CompletionQueue::GOT_EVENT) return ok;
      if (!ended_here && stopped()) {
        ended_here = true;
        context.TryCancel();
      }
    }
  };

  auto call = (*place)->stub.PrepareCall(&context, path_of(method), &queue);
  call->StartCall(nullptr);
  bool open = wait();
  if (open) {
    call->WriteLast(to_buffer(request), grpc::WriteOptions(), nullptr);
    open = wait();
  }
  if (open) {
    call->ReadInitialMetadata(nullptr);
    open = wait();
  }
  bool told = false;
  while (open) {
    grpc::ByteBuffer buffer;
    if (!told && !ended_here) {
      told = true;
      on_open();
    }
    call->Read(&buffer, nullptr);
    if (!wait()) break;
    auto message = catalogue_.new_message(*method.output_type());
    const bool readable = parse(buffer, *message);
    if (ended_here || !readable || !on_message(*message)) {
      ended_here = true;
      context.TryCancel();
      break;
    }
  }
  call->Finish(&status, nullptr);
  wait();
  queue.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue.Next(&tag, &ok)) {
  }
  if (ended_here || status.ok()) return {};
  if (is_repeatable(status.error_code())) ++current_[service_of(method.service()->full_name())];
  return fail(decode_error(catalogue_, status.error_code(), status.error_message(),
                           status.error_details()));
}

Error decode_error(const Catalogue& catalogue, int code, const std::string& message,
                   const std::string& details) {
  auto error = make_error(kind_of(code), "", message);
  const auto* type = catalogue.find_message("google.rpc.Status");
  if (type != nullptr && !details.empty()) {
    auto status = catalogue.new_message(*type);
    if (status->ParseFromString(details)) {
      const auto* field = type->FindFieldByName("details");
      const auto& reflection = *status->GetReflection();
      for (int i = 0; i < reflection.FieldSize(*status, field); ++i) {
        const auto& any = reflection.GetRepeatedMessage(*status, field, i);
        const auto url = text_field(any, "type_url");
        const auto* detail_type = catalogue.find_message(url.substr(url.rfind('/') + 1));
        if (detail_type == nullptr) continue;
        auto detail = catalogue.new_message(*detail_type);
        if (detail->ParseFromString(text_field(any, "value"))) read_detail(*detail, error);
      }
    }
  }
  // Without a reason no server answered, or none of ours: gRPC speaks, for who knows gRPC.
  const bool answered = !error.reason.empty();
  if (!answered) error.reason = std::string(to_string(error.kind));
  if (!answered && error.kind == ErrorKind::kUnavailable) {
    error.message_zh = "连不上服务器；请确认它已启动，--address 无误";
    error.message_en =
        "the server cannot be reached; is it up, is --address right? (" + message + ")";
  } else if (!answered && error.kind == ErrorKind::kDeadlineExceeded) {
    error.message_zh = "在时限内没有应答；可用 --timeout 放宽";
    error.message_en = "no answer in time; --timeout allows more (" + message + ")";
  } else if (!answered && error.kind == ErrorKind::kUnimplemented) {
    error.message_zh = "该地址的服务器没有这项调用；请确认 --address 是这项服务的，且版本相同";
    error.message_en =
        "the server there has no such call; is --address that of this service and version?";
    if (!message.empty()) error.message_en += " (" + message + ")";
  } else if (error.message_zh.empty()) {
    error.message_zh = message;
  }
  return error;
}

Result<std::string> full_actor(std::string_view text) {
  const bool full = text.find(':') != std::string_view::npos;
  const auto named = full ? std::string(text) : fmt::format("person:{}", text);
  if (const auto actor = parse_actor(named); !actor || text.empty()) {
    return fail(usage_error(
        fmt::format(
            "--as：“{}”不是身份；请写人员编号 610524-p3，或 person:610524-p3、operator:root", text),
        fmt::format("--as: \"{}\" is no actor; write a person's id (610524-p3) or "
                    "person:610524-p3, operator:root",
                    text)));
  }
  return named;
}

int exit_code(const Error& error) {
  if (is_usage(error)) return kExitUsage;
  switch (error.kind) {
    case ErrorKind::kUnavailable:
    case ErrorKind::kResourceExhausted:
    case ErrorKind::kDeadlineExceeded:
    case ErrorKind::kCancelled:
    case ErrorKind::kAborted:
      return kExitUnavailable;
    case ErrorKind::kInternal:
    case ErrorKind::kDataLoss:
    case ErrorKind::kUnimplemented:
      return kExitBroken;
    default:
      return kExitRefused;
  }
}

std::string error_text(const Error& error, Lang lang) {
  const auto pick = [&](const std::string& zh, const std::string& en) {
    const auto& first = lang == Lang::kZh ? zh : en;
    return first.empty() ? (lang == Lang::kZh ? en : zh) : first;
  };
  if (is_usage(error)) return pick(error.message_zh, error.message_en) + "\n";
  const int code = exit_code(error);
  const auto what = code == kExitRefused       ? tr(lang, "未受理", "Refused")
                    : code == kExitUnavailable ? tr(lang, "服务未应答", "No answer")
                                               : tr(lang, "服务出错", "The server failed");
  auto out = fmt::format("{}{}{} [{}]\n", what, tr(lang, "：", ": "),
                         pick(error.message_zh, error.message_en), error.reason);
  for (const auto& violation : error.violations) {
    out += fmt::format("  {}{}{}\n", violation.field, tr(lang, "：", ": "),
                       pick(violation.description_zh, violation.description_en));
  }
  return out;
}

}  // namespace lianmeng::ctl
