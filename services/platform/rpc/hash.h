// By what a repeated request is known to be the same: the hash of its payload.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <memory>
#include <string>

namespace lianmeng::rpc {

// 128 bits of SHA-256, as hex, over the deterministic bytes of the request without request_id,
// validate_only and read_tokens, and without the fields marked `(lianmeng.platform.v1.personal)`,
// which may lie at any depth: a hash of a telephone number in an endless log could be guessed back.
// It is kept for 7 days and never compared with one of another build's field order, so the order in
// which this protobuf writes fields (by number) is stable enough.
//
// Threads: any, once made. Lifetime: the descriptors'.
class RequestHasher {
 public:
  RequestHasher();
  ~RequestHasher();
  RequestHasher(const RequestHasher&) = delete;
  RequestHasher& operator=(const RequestHasher&) = delete;

  // Learns a message and everything in it. Before the first hash().
  void learn(const google::protobuf::Descriptor& message);
  // Requires that its type was learnt.
  std::string hash(const google::protobuf::Message& request) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lianmeng::rpc
