#include "platform/checkpoint/checkpoint_service.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grpcpp/alarm.h>
#include <grpcpp/server_context.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <utility>

#include "lianmeng/platform/v1/peer_checkpoints.grpc.pb.h"
#include "platform/checkpoint/pace.h"
#include "platform/obs/log.h"
#include "platform/rpc/status.h"

namespace lianmeng::checkpoint {
namespace {

namespace v1 = platform::v1;

constexpr std::size_t kPieceBytes = 256 * 1024;
// Whoever reaches the port may ask; more lines than this tell no more.
constexpr std::chrono::minutes kRefusalLine{1};

// Sends a file from a byte on, each piece in its turn. Deletes itself when the stream is over.
class FileStream final : public grpc::ServerWriteReactor<v1::ReadCheckpointResponse> {
 public:
  FileStream(Result<std::filesystem::path> path, std::uint64_t offset, Pace& pace, Clock& clock,
             const obs::Counter& sent)
      : pace_(pace), clock_(clock), sent_(sent), offset_(offset) {
    if (!path) {
      Finish(rpc::to_grpc(path.error()));
      return;
    }
    file_ = ::open(path->c_str(), O_RDONLY | O_CLOEXEC);
    if (file_ >= 0) {
      send_next();
    } else {
      give_up();
    }
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::CANCELLED);
    sent_.add(static_cast<double>(piece_.data().size()));
    send_next();
  }
  void OnDone() override {
    if (file_ >= 0) ::close(file_);
    delete this;
  }

 private:
  void send_next() {
    auto& data = *piece_.mutable_data();
    data.resize(kPieceBytes);
    const auto got = ::pread(file_, data.data(), data.size(), static_cast<off_t>(offset_));
    if (got < 0) return give_up();
    if (got == 0) return Finish(grpc::Status::OK);
    data.resize(static_cast<std::size_t>(got));
    offset_ += static_cast<std::uint64_t>(got);
    const auto wait = pace_.reserve(data.size()) - clock_.steady();
    if (wait <= std::chrono::nanoseconds(0)) return StartWrite(&piece_);
    turn_.Set(std::chrono::system_clock::now() +
                  std::chrono::duration_cast<std::chrono::microseconds>(wait),
              [this](bool) { StartWrite(&piece_); });
  }

  void give_up() {
    Finish(rpc::to_grpc(
        make_error(ErrorKind::kUnavailable, "CHECKPOINT_FAILED",
                   fmt::format("a checkpoint's file cannot be read: {}", std::strerror(errno)))));
  }

  Pace& pace_;
  Clock& clock_;
  const obs::Counter sent_;
  int file_ = -1;
  std::uint64_t offset_;
  v1::ReadCheckpointResponse piece_;
  grpc::Alarm turn_;
};

class CheckpointService final : public v1::CheckpointService::CallbackService {
 public:
  CheckpointService(CheckpointServiceConfig config, store::Store& store, Clock& clock)
      : fold_versions_(std::move(config.fold_versions)),
        check_peer_(std::move(config.check_peer)),
        meters_(config.meters),
        clock_(clock),
        kept_(std::move(config.kept), store, clock),
        pace_(config.bytes_per_second, clock) {}

  grpc::ServerUnaryReactor* OpenCheckpoint(grpc::CallbackServerContext* context,
                                           const v1::OpenCheckpointRequest* request,
                                           v1::OpenCheckpointResponse* response) override {
    auto status = check(*context);
    if (status) {
      status = open(*request, *response);
      if (status) {
        meters_.given.add();
      } else {
        meters_.refused(status.error().reason);
      }
    }
    return answer(context, status);
  }

  grpc::ServerWriteReactor<v1::ReadCheckpointResponse>* ReadCheckpoint(
      grpc::CallbackServerContext* context, const v1::ReadCheckpointRequest* request) override {
    const auto status = check(*context);
    return new FileStream(status ? kept_.file(request->checkpoint(), request->file())
                                 : Result<std::filesystem::path>(fail(status.error())),
                          request->offset(), pace_, clock_, meters_.given_bytes);
  }

  grpc::ServerUnaryReactor* CloseCheckpoint(grpc::CallbackServerContext* context,
                                            const v1::CloseCheckpointRequest* request,
                                            v1::CloseCheckpointResponse*) override {
    const auto status = check(*context);
    if (status) kept_.close(request->checkpoint());
    return answer(context, status);
  }

 private:
  Status check(const grpc::CallbackServerContext& context) {
    auto status = check_peer_ ? check_peer_(context) : Status();
    if (!status) {
      meters_.refused(status.error().reason);
      tell_refusal(context.peer(), status.error());
    }
    return status;
  }

  void tell_refusal(const std::string& who, const Error& error) {
    const auto now = clock_.steady();
    auto before = refusal_told_.load();
    if (now - before < kRefusalLine || !refusal_told_.compare_exchange_strong(before, now)) return;
    obs::log_warn("checkpoint", "who is no pod of this service asked for its state and got nothing",
                  {{"from", who}, {"reason", error.message_en}});
  }

  static grpc::ServerUnaryReactor* answer(grpc::CallbackServerContext* context,
                                          const Status& status) {
    auto* reactor = context->DefaultReactor();
    reactor->Finish(status ? grpc::Status::OK : rpc::to_grpc(status.error()));
    return reactor;
  }

  Status open(const v1::OpenCheckpointRequest& request, v1::OpenCheckpointResponse& response) {
    const auto fold = fold_versions_.find(request.service());
    const auto partition = request.partition();
    if (fold == fold_versions_.end() || partition < 0 || partition >= kPartitions) {
      return fail(ErrorKind::kNotFound, "CHECKPOINT_MISSING",
                  fmt::format("{}/{} is not hosted here", request.service(), partition));
    }
    if (fold->second != request.fold_version()) {
      return fail(ErrorKind::kFailedPrecondition, "CHECKPOINT_OTHER_FOLD",
                  fmt::format("{} is folded here by version {} and there by {}: fold the log anew",
                              request.service(), fold->second, request.fold_version()));
    }
    auto opened = kept_.open(request.service(), partition);
    if (!opened) return fail(opened.error());
    response.set_checkpoint(opened->id);
    response.set_comparator(opened->checkpoint.comparator);
    for (const auto& file : opened->checkpoint.files) {
      auto& out = *response.add_files();
      out.set_name(file.name);
      out.set_bytes(file.bytes);
      out.set_level(file.level);
      out.set_smallest_sequence(file.smallest_sequence);
      out.set_largest_sequence(file.largest_sequence);
    }
    return {};
  }

  const std::map<std::string, int> fold_versions_;
  const std::function<Status(const grpc::CallbackServerContext&)> check_peer_;
  const Meters meters_;
  Clock& clock_;
  std::atomic<SteadyTime> refusal_told_{SteadyTime() - 2 * kRefusalLine};
  KeptCheckpoints kept_;
  Pace pace_;
};

}  // namespace

rpc::Binding make_checkpoint_service(CheckpointServiceConfig config, store::Store& store,
                                     Clock& clock) {
  return {v1::CheckpointService::service_full_name(),
          std::make_shared<CheckpointService>(std::move(config), store, clock)};
}

}  // namespace lianmeng::checkpoint
