#include "platform/runtime/errors.h"

#include <fmt/format.h>

#include "platform/log/log.h"

namespace lianmeng::runtime {
namespace {

Error make(ErrorKind kind, std::string reason, std::string zh, std::string en) {
  Error error;
  error.kind = kind;
  error.reason = std::move(reason);
  error.message_zh = std::move(zh);
  error.message_en = std::move(en);
  return error;
}

}  // namespace

Error shutting_down() {
  return make(ErrorKind::kUnavailable, "SHUTTING_DOWN", "服务正在停止，请稍后重试。",
              "The service is stopping; try again in a moment.");
}

Error draining() {
  return make(ErrorKind::kUnavailable, "DRAINING", "服务器正在维护，暂不受理，请稍后重试。",
              "The server is being drained for maintenance and takes no commands; try again in a "
              "moment.");
}

Error store_full(const Error& cause) {
  return make(ErrorKind::kResourceExhausted, "STORE_FULL", "服务器存储已满，暂不受理，请联系运维。",
              fmt::format("The state cannot be written and fills the memory that it may take, so "
                          "nothing is taken until it can ({}). Call the operator.",
                          cause.reason));
}

Error stopped(std::string_view partition, const Error& cause) {
  if (!cause.message_zh.empty()) return cause;
  if (cause.kind == ErrorKind::kDataLoss) {
    return make(cause.kind, cause.reason,
                fmt::format("本县的数据日志损坏，{} 已停止服务。请联系运维恢复。", partition),
                fmt::format("{} has stopped: its log is damaged. Call the operator: log and "
                            "readiness say where.",
                            partition));
  }
  return make(cause.kind, cause.reason,
              fmt::format("数据日志无法读取，{} 已停止服务。请联系运维。", partition),
              fmt::format("{} has stopped: its log cannot be read. Call the operator: log and "
                          "readiness say why.",
                          partition));
}

Error busy() {
  return make(ErrorKind::kResourceExhausted, "BUSY", "排队的操作太多，请稍后重试。",
              "Too many commands are waiting; try again in a moment.");
}

Error too_late(std::string_view call, bool repeat) {
  if (repeat) {
    return make(ErrorKind::kDeadlineExceeded, "DEADLINE_PASSED",
                fmt::format("{} 已超过时限，此前的提交可能已办理。请用同一请求号重试。", call),
                fmt::format("{}: its deadline passed before this attempt was decided; an earlier "
                            "one may have been done. Ask again with the same request id.",
                            call));
  }
  return make(ErrorKind::kDeadlineExceeded, "DEADLINE_PASSED",
              fmt::format("{} 已超过时限，未办理。请重试。", call),
              fmt::format("{}: its deadline passed before it was decided; nothing was done. Try "
                          "again.",
                          call));
}

Error fate_unknown(std::string_view partition) {
  return make(ErrorKind::kAborted, "FATE_UNKNOWN",
              "服务在写入时中断，此操作可能已完成。请用同一请求号重试。",
              fmt::format("{} stopped while this was being written; it may have been done. Ask "
                          "again with the same request id.",
                          partition));
}

Error clock_off() {
  return make(ErrorKind::kUnavailable, "CLOCK_OFF",
              "服务器时间不准，暂停办理。请联系运维校准时间。",
              "This host's clock is off the log's by more than 2 s; it decides nothing until the "
              "clock is set right (NTP).");
}

Error not_written(const Error& cause, bool repeat) {
  const auto kind = cause.kind == ErrorKind::kResourceExhausted ? ErrorKind::kResourceExhausted
                                                                : ErrorKind::kUnavailable;
  if (repeat) {
    return make(
        kind, "NOT_WRITTEN", "未能写入，此前的提交可能已办理。请用同一请求号重试。",
        fmt::format("Nothing was written by this attempt ({}); an earlier one may have been "
                    "done. Ask again with the same request id.",
                    cause.reason));
  }
  return make(kind, "NOT_WRITTEN", "未能写入，未办理。请稍后重试。",
              fmt::format("Nothing was written ({}). Try again.", cause.reason));
}

Error of_attempt(Error error, bool repeat) {
  if (!repeat) return error;
  error.message_zh += "此前的提交可能已办理，请用同一请求号重试。";
  error.message_en += " An earlier attempt may have been done: ask again with the same request id.";
  return error;
}

Error event_too_large(std::size_t bytes) {
  return make(ErrorKind::kInvalidArgument, "EVENT_TOO_LARGE",
              fmt::format("内容过大（{} 字节，最多 {} 字节）。请精简后再提交。", bytes,
                          log::kRecordBytesMax),
              fmt::format("This makes an event of {} bytes; at most {} are allowed. Shorten it.",
                          bytes, log::kRecordBytesMax));
}

Error log_changed(std::string_view partition, std::uint64_t sequence) {
  return make(ErrorKind::kDataLoss, "LOG_CHANGED",
              "数据日志与本机状态不符，已停止服务。请联系运维。",
              fmt::format("{}: the log does not hold event {}, which is applied here; topic cut or "
                          "recreated. Restore it, or delete this store to rebuild.",
                          partition, sequence));
}

Error log_headless(std::string_view partition) {
  return make(ErrorKind::kDataLoss, "LOG_CHANGED", "数据日志不完整，已停止服务。请联系运维。",
              fmt::format("{}: the log begins with a record decided on one that it does not hold; "
                          "its head was cut off. Restore it.",
                          partition));
}

Error chain_broken(std::string_view partition, std::uint64_t sequence) {
  return make(ErrorKind::kDataLoss, "CHAIN_BROKEN", "数据日志损坏，已停止服务。请联系运维。",
              fmt::format("{}: the record behind event {} names it but claims another place; the "
                          "log is damaged. Restore it from a backup.",
                          partition, sequence));
}

Error event_unknown(std::string_view partition, std::string_view type) {
  return make(ErrorKind::kFailedPrecondition, "EVENT_UNKNOWN",
              "数据日志由更新的版本写入，本版本无法读取。请联系运维升级。",
              fmt::format("{}: an event of type {} is unknown to this version; upgrade this host.",
                          partition, type));
}

Error state_differs(std::string_view partition, std::uint64_t sequence, std::string_view host,
                    std::uint64_t there, std::uint64_t here) {
  return make(ErrorKind::kDataLoss, "STATE_DIFFERS",
              "本机状态与其他主机不一致，已停止服务。请联系运维。",
              fmt::format("{}: host {} wrote event {} on a state with the digest {:016x}, and the "
                          "state here has {:016x}; one of the two is not what the log folds to. "
                          "Run lianmengctl state verify on both hosts, and delete the store of the "
                          "one that differs: it is folded anew.",
                          partition, host, sequence, there, here));
}

}  // namespace lianmeng::runtime
