// A server in this process that answers any method by descriptor alone, as a test tells it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ctl/descriptors.h"

namespace lianmeng::ctl::testing {

struct FakeCall {
  std::string method;  // "MakeThing"
  std::map<std::string, std::string> metadata;
  std::unique_ptr<pb::Message> request;
};

struct FakeAnswer {
  int code = 0;  // Of gRPC.
  std::string message;
  std::string details;  // A serialized google.rpc.Status.
  std::vector<std::unique_ptr<pb::Message>> messages;
  bool stays_open = false;  // The stream does not end by itself.
};

// Threads: the handler is called on gRPC's, one call at a time. Lifetime: borrows the catalogue.
class FakeServer {
 public:
  using Handler = std::function<FakeAnswer(const FakeCall&)>;

  FakeServer(const Catalogue& catalogue, Handler handler);
  ~FakeServer();

  std::string address() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lianmeng::ctl::testing
