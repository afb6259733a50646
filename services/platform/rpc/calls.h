// How a service's gRPC methods reach the runtime. Only the file with the gRPC service class
// includes this. A handler parses and enqueues, nothing else; the answer is written and sent on the
// loop of the county's partition:
//
//   class DispatchService final : public v1::DispatchService::CallbackService {
//    public:
//     explicit DispatchService(rpc::Environment& environment)
//         : calls_(environment, "dispatch", v1::DispatchService::service_full_name()) {}
//     grpc::ServerUnaryReactor* TakeDemand(grpc::CallbackServerContext* context,
//                                          const v1::TakeDemandRequest* request,
//                                          v1::TakeDemandResponse* response) override {
//       return rpc::run_command(calls_, "TakeDemand", context, request, response, bind_take_demand,
//                               fill_take_demand);
//     }
//
// What a service hands in:
//   bind    (const Request&) -> Result<runtime::DecideFn>        on a thread of gRPC
//   fill    (const state::View&, const runtime::Accepted&, Response*)       on the loop
//           or with the caller: (…, const runtime::Accepted&, const Actor&, Response*);
//           may return a Status: an error is the answer, though the command stands.
//           With settle(const runtime::Accepted&, std::function<void(const Error*)> answer) the
//           answer goes when `answer` is called, once, on any thread.
//   answer  (const runtime::QueryContext&, const Actor&, const Request&, Response*) -> Status
//                                                                on the loop
//   look    (const runtime::QueryContext&, const Actor&, const Request&, const Response&)
//           -> std::optional<runtime::DecideFn>                  on the loop; what must be on
//                                                                record before the answer goes
//   check   (const runtime::QueryContext&, const Actor&, const Request&) -> Status
//                                                                on the loop; why a watch is
//                                                                refused
//   convert (const runtime::WatchedEvent&, const Actor&, const Request&, Response*) -> bool
//                                                                on the loop; false: not for this
//                                                                call
//   visit   (const Command&, BatchEntry&): names the one request in the oneof of a batch
//
// Request and response live until the call is answered, so a DecideFn may refer to its request.
// read_token, repeated and validated of a response are set here.
#pragma once

#include "platform/rpc/batch_call.h"
#include "platform/rpc/call.h"
#include "platform/rpc/command_call.h"
#include "platform/rpc/query_call.h"
#include "platform/rpc/watch_call.h"
