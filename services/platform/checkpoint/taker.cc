#include "platform/checkpoint/taker.h"

#include <fmt/format.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

#include "lianmeng/platform/v1/peer_checkpoints.grpc.pb.h"
#include "platform/checkpoint/manifest.h"

namespace lianmeng::checkpoint {
namespace {

namespace fs = std::filesystem;
namespace v1 = platform::v1;

constexpr std::chrono::seconds kAnswerMax{5};
constexpr std::chrono::milliseconds kPause{200};
constexpr int kTriesWithoutBytes = 10;

Error disk_error(const fs::path& path, const std::string& why) {
  return make_error(ErrorKind::kUnavailable, "CHECKPOINT_FAILED",
                    fmt::format("{} cannot be written: {}", path.string(), why));
}

Error peer_error(const Peer& peer, const grpc::Status& status) {
  const bool missing = status.error_code() == grpc::StatusCode::NOT_FOUND;
  return make_error(missing ? ErrorKind::kNotFound : ErrorKind::kUnavailable,
                    missing ? "CHECKPOINT_MISSING" : "CHECKPOINT_FAILED",
                    fmt::format("{} gives no checkpoint: {}", peer.name, status.error_message()));
}

Error stopped() {
  return make_error(ErrorKind::kCancelled, "CHECKPOINT_STOPPED", "the process is stopping");
}

void pause(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, kPause, [] { return false; });
}

std::uint64_t size_of(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return error ? 0 : size;
}

// One partition's checkpoint from one peer.
class Taking {
 public:
  Taking(const Peer& peer, const Wanted& wanted, fs::path folder,
         const std::function<void(const Progress&)>& on_progress, const std::stop_token& stop)
      : peer_(peer),
        stub_(v1::CheckpointService::NewStub(peer.channel)),
        wanted_(wanted),
        folder_(std::move(folder)),
        on_progress_(on_progress),
        stop_(stop) {}

  // Afterwards all files are in the folder.
  Result<store::Checkpoint> take() {
    if (!read_manifest()) {
      if (auto opened = open(); !opened) return fail(opened.error());
    }
    for (int tries = 0; tries < kTriesWithoutBytes; ++tries) {
      const auto before = taken();
      const auto status = read_files();
      if (status) {
        close();
        return to_checkpoint();
      }
      if (stop_.stop_requested()) return fail(stopped());
      if (is_hopeless(status.error(), taken() > before)) {
        close();
        return fail(status.error());
      }
      if (status.error().kind == ErrorKind::kNotFound) {
        // Forgotten there, so what we have of it is of no use.
        if (auto opened = open(); !opened) return fail(opened.error());
      } else if (taken() > before) {
        tries = 0;
      }
      last_ = status.error();
      pause(stop_);
    }
    close();
    return fail(*last_);
  }

 private:
  static constexpr std::string_view kDiskReason = "CHECKPOINT_DISK";
  static constexpr std::string_view kSilentReason = "CHECKPOINT_SILENT";

  // Trying again would be no better: no room here, a peer that breaks its word or says nothing.
  static bool is_hopeless(const Error& error, bool brought_something) {
    return error.reason == kDiskReason || error.kind == ErrorKind::kDataLoss ||
           (error.reason == kSilentReason && !brought_something);
  }

  bool read_manifest() {
    std::ifstream file(folder_ / kManifest, std::ios::binary);
    auto opened = checkpoint::read_manifest(file);
    if (opened) opened_ = std::move(*opened);
    return opened.has_value();
  }

  Status open() {
    std::error_code error;
    fs::remove_all(folder_, error);
    fs::create_directories(folder_, error);
    if (error) return fail(disk_error(folder_, error.message()));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kAnswerMax);
    v1::OpenCheckpointRequest request;
    request.set_service(wanted_.service);
    request.set_partition(wanted_.partition);
    request.set_fold_version(wanted_.fold_version);
    opened_.Clear();
    const auto status = stub_->OpenCheckpoint(&context, request, &opened_);
    if (!status.ok()) return fail(peer_error(peer_, status));
    std::ofstream manifest(folder_ / kManifest, std::ios::binary);
    if (!write_manifest(opened_, manifest)) {
      close();
      return fail(disk_error(folder_ / kManifest, "no room?"));
    }
    return {};
  }

  void close() {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kAnswerMax);
    v1::CloseCheckpointRequest request;
    request.set_checkpoint(opened_.checkpoint());
    v1::CloseCheckpointResponse response;
    stub_->CloseCheckpoint(&context, request, &response);  // Else it is forgotten after a while.
  }

  Status read_files() {
    for (const auto& file : opened_.files()) {
      if (!is_file_name(file.name())) {
        return fail(ErrorKind::kDataLoss, "CHECKPOINT_FAILED",
                    fmt::format("{} names a file {}", peer_.name, file.name()));
      }
      if (auto status = read_file(file); !status) return status;
    }
    return {};
  }

  Status read_file(const v1::CheckpointFile& file) {
    const auto path = folder_ / file.name();
    auto have = size_of(path);
    if (have == file.bytes()) return {};
    std::ofstream out(path,
                      std::ios::binary | (have < file.bytes() ? std::ios::app : std::ios::trunc));
    if (have > file.bytes()) have = 0;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + peer_.stream_max);
    v1::ReadCheckpointRequest request;
    request.set_checkpoint(opened_.checkpoint());
    request.set_file(file.name());
    request.set_offset(have);
    const auto reader = stub_->ReadCheckpoint(&context, request);
    const std::stop_callback cancel(stop_, [&] { context.TryCancel(); });
    v1::ReadCheckpointResponse piece;
    while (reader->Read(&piece)) {
      have += piece.data().size();
      if (have > file.bytes()) {
        context.TryCancel();
        reader->Finish();
        return fail(ErrorKind::kDataLoss, "CHECKPOINT_FAILED",
                    fmt::format("{} sends more of {} than the {} bytes that it has", peer_.name,
                                file.name(), file.bytes()));
      }
      out.write(piece.data().data(), static_cast<std::streamsize>(piece.data().size()));
      out.flush();
      if (!out) {
        context.TryCancel();
        reader->Finish();
        auto error = disk_error(path, "no room?");
        error.reason = kDiskReason;
        return fail(std::move(error));
      }
      on_progress_({peer_.name, taken(), all()});
    }
    const auto status = reader->Finish();
    if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
      return fail(ErrorKind::kUnavailable, std::string(kSilentReason),
                  fmt::format("{} did not send all of {} within {} ms", peer_.name, file.name(),
                              peer_.stream_max.count()));
    }
    if (!status.ok()) return fail(peer_error(peer_, status));
    if (size_of(path) == file.bytes()) return {};
    return fail(ErrorKind::kUnavailable, "CHECKPOINT_FAILED",
                fmt::format("{} sent {} bytes of {} instead of {}", peer_.name, size_of(path),
                            file.name(), file.bytes()));
  }

  std::uint64_t taken() const {
    std::uint64_t bytes = 0;
    for (const auto& file : opened_.files()) bytes += size_of(folder_ / file.name());
    return bytes;
  }
  std::uint64_t all() const {
    std::uint64_t bytes = 0;
    for (const auto& file : opened_.files()) bytes += file.bytes();
    return bytes;
  }

  store::Checkpoint to_checkpoint() const {
    store::Checkpoint checkpoint{.comparator = opened_.comparator(), .files = {}};
    for (const auto& file : opened_.files()) {
      checkpoint.files.push_back({.name = file.name(),
                                  .bytes = file.bytes(),
                                  .level = file.level(),
                                  .smallest_sequence = file.smallest_sequence(),
                                  .largest_sequence = file.largest_sequence()});
    }
    return checkpoint;
  }

  const Peer& peer_;
  const std::unique_ptr<v1::CheckpointService::Stub> stub_;
  const Wanted& wanted_;
  const fs::path folder_;
  const std::function<void(const Progress&)>& on_progress_;
  const std::stop_token& stop_;
  v1::OpenCheckpointResponse opened_;
  std::optional<Error> last_;
};

}  // namespace

Status take_checkpoint(store::Store& store, const Wanted& wanted, const std::vector<Peer>& peers,
                       const fs::path& folder,
                       const std::function<void(const Progress&)>& on_progress,
                       const std::stop_token& stop) {
  Error last = make_error(ErrorKind::kNotFound, "CHECKPOINT_MISSING",
                          fmt::format("no peer hosts {}/{}", wanted.service, wanted.partition));
  for (const auto& peer : peers) {
    if (stop.stop_requested()) return fail(stopped());
    const auto place =
        folder / fmt::format("{}-{:02}-{}", wanted.service, wanted.partition, peer.name);
    const auto taken = Taking(peer, wanted, place, on_progress, stop).take();
    auto status = taken ? store.import_partition(wanted.service, wanted.partition, place, *taken)
                        : Status(fail(taken.error()));
    if (status || status.error().kind != ErrorKind::kCancelled) {
      std::error_code ignored;
      fs::remove_all(place, ignored);
    }
    if (status) return {};
    last = status.error();
    if (last.kind == ErrorKind::kCancelled) break;
  }
  return fail(std::move(last));
}

}  // namespace lianmeng::checkpoint
