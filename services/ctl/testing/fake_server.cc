#include "ctl/testing/fake_server.h"

#include <fmt/format.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <mutex>

namespace lianmeng::ctl::testing {
namespace {

// Reads one request, answers with its messages in turn, then with the status. The server's mutex is
// held wherever it is touched: gRPC counts who is still inside a call, but in its library, where
// ThreadSanitizer does not see it.
class Reactor final : public grpc::ServerGenericBidiReactor {
 public:
  Reactor(const Catalogue& catalogue, const FakeServer::Handler& handler, std::mutex& mutex,
          grpc::GenericCallbackServerContext& context)
      : catalogue_(catalogue), handler_(handler), mutex_(mutex) {
    const std::lock_guard lock(mutex_);
    const auto& path = context.method();
    call_.method = path.substr(path.rfind('/') + 1);
    for (const auto& [key, value] : context.client_metadata()) {
      call_.metadata[std::string(key.data(), key.size())] = std::string(value.data(), value.size());
    }
    auto name = path.substr(1);
    name[name.find('/')] = '.';
    method_ = catalogue.find_any_method(name);
    StartRead(&buffer_);
  }

  void OnReadDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    if (!ok || method_ == nullptr) {
      finish_once(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "no such method"));
      return;
    }
    grpc::Slice slice;
    buffer_.DumpToSingleSlice(&slice);
    call_.request = catalogue_.new_message(*method_->input_type());
    call_.request->ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
    answer_ = handler_(call_);
    if (answer_.stays_open && answer_.messages.empty()) {
      StartSendInitialMetadata();
      return;
    }
    write_next();
  }

  void OnWriteDone(bool) override {
    const std::lock_guard lock(mutex_);
    write_next();
  }
  void OnCancel() override {
    const std::lock_guard lock(mutex_);
    finish_once(grpc::Status::CANCELLED);
  }
  void OnDone() override {
    { const std::lock_guard lock(mutex_); }
    delete this;
  }

 private:
  void write_next() {
    if (next_ < answer_.messages.size()) {
      grpc::Slice slice(answer_.messages[next_++]->SerializeAsString());
      out_ = grpc::ByteBuffer(&slice, 1);
      StartWrite(&out_);
    } else if (!answer_.stays_open) {
      finish_once(grpc::Status(static_cast<grpc::StatusCode>(answer_.code), answer_.message,
                               answer_.details));
    }
  }

  void finish_once(const grpc::Status& status) {
    if (finished_) return;
    finished_ = true;
    Finish(status);
  }

  const Catalogue& catalogue_;
  const FakeServer::Handler& handler_;
  std::mutex& mutex_;
  const pb::MethodDescriptor* method_ = nullptr;
  FakeCall call_;
  FakeAnswer answer_;
  std::size_t next_ = 0;
  grpc::ByteBuffer buffer_;
  grpc::ByteBuffer out_;
  bool finished_ = false;
};

}  // namespace

struct FakeServer::Impl final : grpc::CallbackGenericService {
  Impl(const Catalogue& catalogue_in, FakeServer::Handler handler_in)
      : catalogue(catalogue_in), handler(std::move(handler_in)) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterCallbackGenericService(this);
    server = builder.BuildAndStart();
  }

  ~Impl() override { server->Shutdown(std::chrono::system_clock::now()); }

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new Reactor(catalogue, handler, mutex, *context);
  }

  const Catalogue& catalogue;
  FakeServer::Handler handler;
  std::mutex mutex;
  int port = 0;
  std::unique_ptr<grpc::Server> server;
};

FakeServer::FakeServer(const Catalogue& catalogue, Handler handler)
    : impl_(std::make_unique<Impl>(catalogue, std::move(handler))) {}

FakeServer::~FakeServer() = default;

std::string FakeServer::address() const { return fmt::format("127.0.0.1:{}", impl_->port); }

}  // namespace lianmeng::ctl::testing
