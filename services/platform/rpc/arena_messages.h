// Request and response of a call on one arena, for calls whose answers are large. Memory that one
// thread takes and another gives back goes through the allocator's shared lists: the loop makes an
// answer and a thread of gRPC ends it. On an arena that is a few blocks instead of each message.
//
//   DispatchService(…) { SetMessageAllocatorFor_ListDemands(&list_); }
//   rpc::ArenaMessages<v1::ListDemandsRequest, v1::ListDemandsResponse> list_;
#pragma once

#include <google/protobuf/arena.h>
#include <grpcpp/support/message_allocator.h>

namespace lianmeng::rpc {

// Threads: any. Lifetime: the server's.
template <class Request, class Response>
class ArenaMessages final : public grpc::MessageAllocator<Request, Response> {
 public:
  grpc::MessageHolder<Request, Response>* AllocateMessages() override { return new Messages; }

 private:
  class Messages final : public grpc::MessageHolder<Request, Response> {
   public:
    Messages() : arena_(options()) {
      this->set_request(google::protobuf::Arena::CreateMessage<Request>(&arena_));
      this->set_response(google::protobuf::Arena::CreateMessage<Response>(&arena_));
    }
    void Release() override { delete this; }

   private:
    static google::protobuf::ArenaOptions options() {
      google::protobuf::ArenaOptions options;
      options.start_block_size = 4u << 10u;
      options.max_block_size = 64u << 10u;
      return options;
    }

    google::protobuf::Arena arena_;
  };
};

}  // namespace lianmeng::rpc
