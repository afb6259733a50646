// A store that takes a partition's state from another one, over a real connection.
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "lianmeng/platform/v1/peer_checkpoints.grpc.pb.h"
#include "platform/base/random.h"
#include "platform/checkpoint/checkpoint_service.h"
#include "platform/checkpoint/manifest.h"
#include "platform/checkpoint/pace.h"
#include "platform/checkpoint/taker.h"
#include "platform/store/rocks_store.h"

namespace lianmeng::checkpoint {
namespace {

namespace fs = std::filesystem;
using Rows = std::map<std::string, std::string>;

constexpr store::StoreIdentity kIdentity{.fold_version = 3};
const Wanted kWanted{.service = "dispatch", .partition = 7, .fold_version = 3};

// A peer that does not keep its word: of its one file it sends too much, or nothing for ever.
class BadPeer final : public platform::v1::CheckpointService::Service {
 public:
  explicit BadPeer(std::size_t pieces) : pieces_(pieces) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~BadPeer() override { server_->Shutdown(); }

  Peer peer(std::chrono::milliseconds stream_max) const {
    return {"dispatch-0",
            grpc::CreateChannel("127.0.0.1:" + std::to_string(port_),
                                grpc::InsecureChannelCredentials()),
            stream_max};
  }
  int streams() const { return streams_; }
  int closed() const { return closed_; }

 private:
  grpc::Status OpenCheckpoint(grpc::ServerContext*, const platform::v1::OpenCheckpointRequest*,
                              platform::v1::OpenCheckpointResponse* response) override {
    response->set_checkpoint("one");
    auto& file = *response->add_files();
    file.set_name("000001.sst");
    file.set_bytes(1000);
    return grpc::Status::OK;
  }
  grpc::Status ReadCheckpoint(
      grpc::ServerContext* context, const platform::v1::ReadCheckpointRequest*,
      grpc::ServerWriter<platform::v1::ReadCheckpointResponse>* writer) override {
    ++streams_;
    platform::v1::ReadCheckpointResponse piece;
    piece.set_data(std::string(600, 'x'));
    for (std::size_t i = 0; i < pieces_; ++i) {
      if (!writer->Write(piece)) break;
    }
    while (pieces_ == 0 && !context->IsCancelled()) std::this_thread::yield();
    return grpc::Status::OK;
  }
  grpc::Status CloseCheckpoint(grpc::ServerContext*, const platform::v1::CloseCheckpointRequest*,
                               platform::v1::CloseCheckpointResponse*) override {
    ++closed_;
    return grpc::Status::OK;
  }

  const std::size_t pieces_;
  std::atomic<int> streams_ = 0;
  std::atomic<int> closed_ = 0;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

class CheckpointTest : public ::testing::Test {
 protected:
  CheckpointTest()
      : folder_(fs::temp_directory_path() / ("lianmeng-taking-" + std::to_string(::getpid()))) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    from_ = open_store("from");
    to_ = open_store("to");
  }
  ~CheckpointTest() override {
    if (server_) server_->Shutdown();
    server_.reset();
    binding_.service.reset();
    from_.reset();
    to_.reset();
    fs::remove_all(folder_);
  }

  std::unique_ptr<store::Store> open_store(const std::string& name) const {
    auto store = store::open_rocks_store({.path = folder_ / name, .open_files_max = 64});
    EXPECT_TRUE(store.has_value());
    return std::move(*store);
  }

  // Some 1.5 MiB in three files.
  void given_state() {
    auto opened = from_->open("dispatch", 7, kIdentity);
    ASSERT_TRUE(opened.has_value());
    SeededRandom random(7);
    for (int commit = 0; commit < 3; ++commit) {
      state::Changes changes;
      for (int row = 0; row < 500; ++row) {
        std::string value(1000, '\0');
        for (auto& byte : value) byte = static_cast<char>(random.next());
        changes.set("row" + std::to_string(commit) + "." + std::to_string(row), std::move(value));
      }
      ASSERT_TRUE(opened->store->commit(changes).has_value());
    }
    rows_ = rows_of(*opened->store);
  }
  Peer given_peer(std::uint64_t bytes_per_second = 1u << 30) {
    binding_ = make_checkpoint_service({.kept = {.folder = folder_ / "kept", .idle_max = idle_max_},
                                        .bytes_per_second = bytes_per_second,
                                        .fold_versions = {{"dispatch", 3}},
                                        .check_peer = check_peer_,
                                        .meters = Meters(metrics_)},
                                       *from_, clock_);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(binding_.service.get());
    server_ = builder.BuildAndStart();
    return {"dispatch-1", grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                              grpc::InsecureChannelCredentials())};
  }
  static Peer dead_peer() {
    return {"dispatch-0", grpc::CreateChannel("127.0.0.1:1", grpc::InsecureChannelCredentials())};
  }

  Status take(const std::vector<Peer>& peers, const Wanted& wanted = kWanted) {
    return take_checkpoint(
        *to_, wanted, peers, folder_ / "incoming",
        [this](const Progress& progress) {
          progress_.push_back(progress);
          if (progress.bytes >= stop_at_) stop_.request_stop();
        },
        stop_.get_token());
  }

  static Rows rows_of(const state::View& view) {
    Rows rows;
    const auto cursor = view.cursor();
    for (cursor->seek(""); cursor->valid(); cursor->next()) {
      rows.emplace(cursor->key(), cursor->value());
    }
    return rows;
  }
  Rows taken_rows() {
    auto opened = to_->open("dispatch", 7, kIdentity);
    EXPECT_TRUE(opened.has_value());
    EXPECT_FALSE(opened->rebuilt);
    return rows_of(*opened->store);
  }
  std::size_t files_below(const char* name) const {
    std::size_t count = 0;
    std::error_code gone;  // Also while they are counted.
    for (fs::recursive_directory_iterator file(folder_ / name, gone), end; !gone && file != end;
         file.increment(gone)) {
      ++count;
    }
    return count;
  }

  bool metrics_have(const std::string& line) const {
    return metrics_.text().find(line + "\n") != std::string::npos;
  }

  fs::path folder_;
  SystemClock clock_;
  obs::Metrics metrics_;
  std::unique_ptr<store::Store> from_;
  std::unique_ptr<store::Store> to_;
  rpc::Binding binding_;
  std::unique_ptr<grpc::Server> server_;
  std::function<Status(const grpc::CallbackServerContext&)> check_peer_;
  Duration idle_max_ = std::chrono::minutes(10);
  Rows rows_;
  std::vector<Progress> progress_;
  std::uint64_t stop_at_ = std::numeric_limits<std::uint64_t>::max();
  std::stop_source stop_;
};

TEST_F(CheckpointTest, TheStateOfAPeerIsTakenAndNothingStaysBehind) {
  given_state();
  const auto status = take({given_peer()});
  ASSERT_TRUE(status.has_value()) << status.error().message_en;
  EXPECT_EQ(taken_rows(), rows_);
  ASSERT_FALSE(progress_.empty());
  EXPECT_EQ(progress_.back().bytes, progress_.back().bytes_all);
  EXPECT_GT(progress_.back().bytes_all, 1'500'000U);
  EXPECT_TRUE(metrics_have("lianmeng_checkpoint_given_total 1"));
  EXPECT_TRUE(metrics_have("lianmeng_checkpoint_given_bytes_total " +
                           std::to_string(progress_.back().bytes_all)));
  EXPECT_EQ(files_below("kept"), 0U);
  EXPECT_EQ(files_below("incoming"), 0U);
}

TEST_F(CheckpointTest, APeerThatDoesNotAnswerIsPassedOver) {
  given_state();
  ASSERT_TRUE(take({dead_peer(), given_peer()}).has_value());
  EXPECT_EQ(taken_rows(), rows_);
}

TEST_F(CheckpointTest, AnInterruptedOneGoesOnFromWhereItWas) {
  given_state();
  const auto peer = given_peer();
  stop_at_ = 600'000;
  const auto status = take({peer});
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().kind, ErrorKind::kCancelled);
  EXPECT_FALSE(to_->has("dispatch", 7));
  const auto had = progress_.back().bytes;
  ASSERT_LT(had, progress_.back().bytes_all);

  // Also when the peer has gone on meanwhile: it is the same checkpoint.
  auto opened = from_->open("dispatch", 7, kIdentity);
  state::Changes changes;
  changes.set("later", "row");
  ASSERT_TRUE(opened->store->commit(changes).has_value());
  progress_.clear();
  stop_at_ = std::numeric_limits<std::uint64_t>::max();
  stop_ = std::stop_source();
  ASSERT_TRUE(take({peer}).has_value());
  EXPECT_GT(progress_.front().bytes, had);
  EXPECT_EQ(taken_rows(), rows_);
}

TEST_F(CheckpointTest, AnInterruptedOneThatThePeerForgotBeginsAnew) {
  given_state();
  stop_at_ = 600'000;
  ASSERT_FALSE(take({given_peer()}).has_value());
  server_->Shutdown();
  server_.reset();
  progress_.clear();
  stop_at_ = std::numeric_limits<std::uint64_t>::max();
  stop_ = std::stop_source();
  ASSERT_TRUE(take({given_peer()}).has_value());  // A new process of the peer's.
  EXPECT_EQ(taken_rows(), rows_);
}

TEST_F(CheckpointTest, DamageOnTheWayIsFoundAndNothingIsTaken) {
  given_state();
  const auto peer = given_peer();
  stop_at_ = 600'000;
  ASSERT_FALSE(take({peer}).has_value());
  for (const auto& file : fs::recursive_directory_iterator(folder_ / "incoming")) {
    if (file.path().extension() != ".sst") continue;
    std::fstream damage(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    damage.seekp(20);
    damage << "damaged";
  }
  stop_at_ = std::numeric_limits<std::uint64_t>::max();
  stop_ = std::stop_source();
  const auto status = take({peer});
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().reason, "STORE_DAMAGED");
  EXPECT_FALSE(to_->has("dispatch", 7));
  EXPECT_EQ(files_below("incoming"), 0U);
  ASSERT_TRUE(take({peer}).has_value());
  EXPECT_EQ(taken_rows(), rows_);
}

// What was to come is noted before the first byte; a process may die while it notes.
TEST_F(CheckpointTest, AHalfWrittenNoteOfWhatWasToComeIsNone) {
  given_state();
  const auto peer = given_peer();
  stop_at_ = 600'000;
  ASSERT_FALSE(take({peer}).has_value());
  const auto note = folder_ / "incoming" / "dispatch-07-dispatch-1" / "MANIFEST";
  std::string bytes;
  {
    std::ifstream in(note, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  // Up to where the entry of the last file, 000123.sst, begins (its tag, its length, both of its
  // name): by its bytes the rest is a message.
  const auto last = bytes.rfind(".sst") - 6 - 4;
  ASSERT_EQ(bytes.at(last), 0x1a);
  fs::resize_file(note, last);
  stop_at_ = std::numeric_limits<std::uint64_t>::max();
  stop_ = std::stop_source();
  ASSERT_TRUE(take({peer}).has_value());
  EXPECT_TRUE(taken_rows() == rows_);
}

TEST_F(CheckpointTest, WhatNobodyReadsAnyMoreIsForgottenWithoutAnotherThatAsks) {
  given_state();
  idle_max_ = std::chrono::milliseconds(20);
  const auto peer = given_peer();
  const auto stub = platform::v1::CheckpointService::NewStub(peer.channel);
  grpc::ClientContext context;
  platform::v1::OpenCheckpointRequest request;
  request.set_service("dispatch");
  request.set_partition(7);
  request.set_fold_version(3);
  platform::v1::OpenCheckpointResponse opened;
  ASSERT_TRUE(stub->OpenCheckpoint(&context, request, &opened).ok());
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (files_below("kept") > 0 && std::chrono::steady_clock::now() < until) {
    std::this_thread::yield();
  }
  EXPECT_EQ(files_below("kept"), 0U);
}

// A peer may name whatever it likes; nothing is written but beside the manifest.
TEST(CheckpointManifest, AFileNameLeadsNowhereElse) {
  EXPECT_TRUE(is_file_name("000123.sst"));
  EXPECT_TRUE(is_file_name("..sst"));
  for (const std::string name :
       {"", ".", "..", "../000123.sst", "/000123.sst", "a/b", "MANIFEST"}) {
    EXPECT_FALSE(is_file_name(name)) << name;
  }
  EXPECT_FALSE(is_file_name(std::string("a\0b", 3)));
}

TEST_F(CheckpointTest, APeerThatSendsMoreThanItSaidIsLeftAtOnce) {
  given_state();
  const BadPeer bad(50);
  ASSERT_TRUE(take({bad.peer(std::chrono::seconds(60)), given_peer()}).has_value());
  EXPECT_EQ(taken_rows(), rows_);
  EXPECT_EQ(bad.streams(), 1);
  EXPECT_EQ(bad.closed(), 1);
}

TEST_F(CheckpointTest, APeerThatSendsNothingIsLeft) {
  given_state();
  const BadPeer bad(0);
  ASSERT_TRUE(take({bad.peer(std::chrono::milliseconds(50)), given_peer()}).has_value());
  EXPECT_EQ(taken_rows(), rows_);
  EXPECT_EQ(bad.streams(), 1);
}

TEST_F(CheckpointTest, WhatIsNotThereIsSaid) {
  const auto peer = given_peer();
  const auto nothing = take({peer});
  ASSERT_FALSE(nothing.has_value());
  EXPECT_EQ(nothing.error().reason, "CHECKPOINT_MISSING");
  EXPECT_THAT(nothing.error().message_en, ::testing::HasSubstr("has no rows yet"));
  EXPECT_TRUE(metrics_have(R"(lianmeng_checkpoint_refused_total{reason="CHECKPOINT_MISSING"} 1)"));

  given_state();
  auto wanted = kWanted;
  wanted.fold_version = 4;
  const auto other = take({peer}, wanted);
  ASSERT_FALSE(other.has_value());
  EXPECT_THAT(other.error().message_en, ::testing::HasSubstr("fold the log anew"));

  const auto nobody = take({});
  ASSERT_FALSE(nobody.has_value());
  EXPECT_EQ(nobody.error().reason, "CHECKPOINT_MISSING");
}

TEST_F(CheckpointTest, WhoIsNoPeerGetsNothing) {
  given_state();
  check_peer_ = [](const grpc::CallbackServerContext&) -> Status {
    return fail(ErrorKind::kPermissionDenied, "PEER_ONLY", "this is for pods alone");
  };
  const auto status = take({given_peer()});
  ASSERT_FALSE(status.has_value());
  EXPECT_THAT(status.error().message_en, ::testing::HasSubstr("this is for pods alone"));
  EXPECT_TRUE(metrics_have(R"(lianmeng_checkpoint_refused_total{reason="PEER_ONLY"} 1)"));
  EXPECT_TRUE(metrics_have("lianmeng_checkpoint_given_bytes_total 0"));
  EXPECT_FALSE(to_->has("dispatch", 7));
}

TEST(PaceTest, EachTurnComesBehindTheOnesBefore) {
  class StoppedClock final : public Clock {
   public:
    Time now() override { return {}; }
    SteadyTime steady() override { return at; }
    SteadyTime at{std::chrono::seconds(100)};
  } clock;
  Pace pace(1000, clock);
  EXPECT_EQ(pace.reserve(500), clock.at);
  EXPECT_EQ(pace.reserve(1000), clock.at + std::chrono::milliseconds(500));
  EXPECT_EQ(pace.reserve(1), clock.at + std::chrono::milliseconds(1500));
  clock.at += std::chrono::seconds(10);
  EXPECT_EQ(pace.reserve(1), clock.at);
}

}  // namespace
}  // namespace lianmeng::checkpoint
