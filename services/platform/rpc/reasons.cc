#include "platform/rpc/reasons.h"

#include <array>

namespace lianmeng::rpc {

const Reason kActorMissing{
    "ACTOR_MISSING", ErrorKind::kUnauthenticated,
    "未说明操作人。请在调用元数据 lianmeng-actor 中写明，例如 person:610524-p3。",
    "The call names no actor. Put one into the metadata lianmeng-actor, as person:610524-p3."};
const Reason kActorMalformed{
    "ACTOR_MALFORMED", ErrorKind::kUnauthenticated,
    "元数据 lianmeng-actor 的值“{given}”无法识别。请写 person:<编号>、county-system:<编号> 或 "
    "operator:<名称>。",
    "lianmeng-actor is \"{given}\", which names no actor. Write person:<id>, county-system:<id> or "
    "operator:<name>."};
const Reason kActorNotOfToken{
    "ACTOR_NOT_OF_TOKEN", ErrorKind::kUnauthenticated,
    "元数据 lianmeng-actor 写的是“{given}”，而令牌属于“{actor}”。请去掉前者，或换用相应的令牌。",
    "lianmeng-actor is \"{given}\" and the token is that of \"{actor}\". Leave the former out, or "
    "send the token that belongs to it."};
const Reason kPeerOnly{"PEER_ONLY", ErrorKind::kUnauthenticated,
                       "此调用只供本系统的各进程之间使用。请出示 hosts.peers 所列进程的证书。",
                       "This call is for the pods among themselves. Show the certificate of one "
                       "that hosts.peers names."};
const Reason kMetadataMalformed{
    "METADATA_MALFORMED", ErrorKind::kInvalidArgument,
    "元数据 {name} 的值“{given}”不是非负整数。请改正后重试。",
    "The metadata {name} is \"{given}\", which is no whole number. Correct it and call again."};
const Reason kCallCancelled{"CALL_CANCELLED", ErrorKind::kCancelled,
                            "调用已由客户端取消，未作处理。",
                            "The caller cancelled this call before it was looked at."};
const Reason kCallOverdue{
    "CALL_OVERDUE", ErrorKind::kDeadlineExceeded,
    "调用到达时已超过时限，未作处理。请放宽时限后重试。",
    "The deadline had passed when the call arrived, so nothing was done. Call "
    "again with more time."};
const Reason kBatchCounty{
    "BATCH_COUNTY", ErrorKind::kInvalidArgument,
    "一批命令只能属于一个县：本批属于 {county}，而此条属于 {given}。请另成一批。",
    "A batch is for one county: this one is for {county} and the command for {given}. Send it in "
    "another batch."};
const Reason kBatchEntryEmpty{"BATCH_ENTRY_EMPTY", ErrorKind::kInvalidArgument,
                              "此条未填写任何命令。请填写一条命令。",
                              "This entry of the batch holds no command. Set exactly one."};
const Reason kWatchTooSlow{
    "WATCH_TOO_SLOW", ErrorKind::kResourceExhausted,
    "读取过慢，积压已超过 {limit} 条，订阅已结束。请重新订阅。",
    "The reader was too slow: more than {limit} events waited for it. Watch again."};
const Reason kWatchesFull{
    "WATCHES_FULL", ErrorKind::kResourceExhausted,
    "服务器同时最多支持 {limit} 个订阅，现已满。请稍后重试。",
    "The server has {limit} watches open, which is all it takes. Try again later."};
const Reason kServerStopping{"SERVER_STOPPING", ErrorKind::kUnavailable,
                             "服务器正在停止。请稍后重试。",
                             "The server is stopping. Try again later."};
const Reason kOperatorOnly{"OPERATOR_ONLY", ErrorKind::kPermissionDenied,
                           "只有运营方可以维护服务器。请以 operator:<名称> 的身份调用。",
                           "Only the operator may do this to a server. Call as operator:<name>."};
const Reason kNotServing{
    "NOT_SERVING", ErrorKind::kUnavailable, "本服务进程尚未就绪，未办理。请稍后重试。",
    "This host does not serve the county yet; nothing was done. Try again in a moment."};
const Reason kNoHost{"NO_HOST", ErrorKind::kUnavailable,
                     "承办该县业务的服务进程（{hosts}）均无应答，未办理。请稍后重试。",
                     "None of the hosts of this county ({hosts}) answers; nothing was done. Try "
                     "again in a moment."};
const Reason kForwardUnknown{
    "FATE_UNKNOWN", ErrorKind::kAborted,
    "承办的服务进程（{hosts}）在办理时失去联系，此操作可能已完成。请用同一请求号重试。",
    "The host ({hosts}) was lost while it had this call; it may have been done. Ask again with the "
    "same request id."};
const Reason kForwardsFull{
    "BUSY", ErrorKind::kResourceExhausted, "转交其他服务进程的操作太多，请稍后重试。",
    "Too many calls are on their way to other hosts; try again in a moment."};

std::span<const Reason* const> reasons() {
  static constexpr std::array<const Reason*, 17> kAll{
      &kActorMissing,   &kActorMalformed, &kActorNotOfToken, &kPeerOnly,        &kMetadataMalformed,
      &kCallCancelled,  &kCallOverdue,    &kBatchCounty,     &kBatchEntryEmpty, &kWatchTooSlow,
      &kWatchesFull,    &kServerStopping, &kOperatorOnly,    &kNotServing,      &kNoHost,
      &kForwardUnknown, &kForwardsFull};
  return kAll;
}

}  // namespace lianmeng::rpc
