#include <grpcpp/grpcpp.h>

#include <future>
#include <memory>
#include <string>

#include "platform/rpc/testdata/server.h"

namespace lianmeng::rpc {
namespace {

using namespace testing;  // NOLINT: of this folder's tests alone.

class WatchTest : public ServerTest {
 protected:
  void open() {
    as_person(context_);
    v1::WatchNotesRequest request;
    request.set_county("610524");
    reader_ = stub_->WatchNotes(&context_, request);
    watch_ = host_.begin_watch();
    reader_->WaitForInitialMetadata();
  }
  runtime::WatchedEvent event(const std::string& text) {
    runtime::WatchedEvent event;
    event.event = std::make_shared<const v1::AddNoteRequest>(note(text));
    event.view = &state_;
    return event;
  }

  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchNotesResponse>> reader_;
  runtime::Watch watch_;
};

TEST_F(WatchTest, WhoMayNotWatchIsRefused) {
  context_.AddMetadata("lianmeng-actor", "operator:root");
  v1::WatchNotesRequest request;
  request.set_county("610524");
  reader_ = stub_->WatchNotes(&context_, request);
  host_.queries.take().done(runtime::QueryContext{&state_, clock_.now(), {"notes", 7, 12}});
  v1::WatchNotesResponse response;
  EXPECT_FALSE(reader_->Read(&response));
  EXPECT_EQ(reader_->Finish().error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_TRUE(host_.watches.empty());
}

TEST_F(WatchTest, AHostThatCannotTellWhoMayWatchSaysSo) {
  as_person(context_);
  v1::WatchNotesRequest request;
  request.set_county("610524");
  reader_ = stub_->WatchNotes(&context_, request);
  host_.queries.take().done(
      fail(make_error(ErrorKind::kUnavailable, "PARTITION_CLOSED", "closed")));
  EXPECT_EQ(reader_->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(WatchTest, ACallerThatGoesBeforeItsAnswerBeginsNoWatch) {
  as_person(context_);
  v1::WatchNotesRequest request;
  request.set_county("610524");
  reader_ = stub_->WatchNotes(&context_, request);
  const auto query = host_.queries.take();
  context_.TryCancel();
  EXPECT_EQ(reader_->Finish().error_code(), grpc::StatusCode::CANCELLED);
  server_->stop();  // Waits until the server has seen it.
  query.done(runtime::QueryContext{&state_, clock_.now(), {"notes", 7, 12}});
  EXPECT_TRUE(host_.watches.empty());
}

TEST_F(WatchTest, StreamsWhatTheCallerMaySee) {
  open();
  auto& watch = watch_;
  EXPECT_EQ(watch.county, CountyId("610524"));
  EXPECT_TRUE(watch.wanted());
  EXPECT_TRUE(watch.on_event(event("one")));
  EXPECT_TRUE(watch.on_event(event("hidden")));
  EXPECT_TRUE(watch.on_event(event("two")));
  v1::WatchNotesResponse response;
  ASSERT_TRUE(reader_->Read(&response));
  EXPECT_EQ(response.text(), "one");
  ASSERT_TRUE(reader_->Read(&response));
  EXPECT_EQ(response.text(), "two");
  watch.on_end(make_error(ErrorKind::kUnavailable, "PARTITION_CLOSED", "closed"));
  EXPECT_FALSE(reader_->Read(&response));
  EXPECT_EQ(reader_->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_FALSE(watch.on_event(event("three")));
}

TEST_F(WatchTest, ASlowReaderIsEnded) {
  open();
  auto& watch = watch_;
  // Nobody reads: the window of HTTP/2 fills, then the queue.
  const auto large = event(std::string(64 * 1024, 'x'));
  int taken = 0;
  while (watch.on_event(large)) {
    ASSERT_LT(++taken, 4000);
  }
  v1::WatchNotesResponse response;
  while (reader_->Read(&response)) {
  }
  const auto status = reader_->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
}

TEST_F(WatchTest, ACallerThatGoesEndsTheWatch) {
  open();
  auto& watch = watch_;
  context_.TryCancel();
  EXPECT_EQ(reader_->Finish().error_code(), grpc::StatusCode::CANCELLED);
  server_->stop();  // Waits until the server has seen it.
  EXPECT_FALSE(watch.wanted());
  EXPECT_FALSE(watch.on_event(event("late")));
}

TEST_F(WatchTest, AStoppingServerEndsItsWatches) {
  open();
  auto stopped = std::async(std::launch::async, [this] { server_->stop(); });
  v1::WatchNotesResponse response;
  EXPECT_FALSE(reader_->Read(&response));
  EXPECT_EQ(reader_->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  stopped.get();
}

}  // namespace
}  // namespace lianmeng::rpc
