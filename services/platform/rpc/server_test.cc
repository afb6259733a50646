// The whole edge: a gRPC server and client in this process, and a host that the test answers for.
#include "platform/rpc/server.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "google/rpc/error_details.pb.h"
#include "lianmeng/platform/v1/platform_service.grpc.pb.h"
#include "platform/base/random.h"
#include "platform/base/trace.h"
#include "platform/rpc/calls.h"
#include "platform/rpc/platform_service.h"
#include "platform/rpc/testdata/notes.h"

namespace lianmeng::rpc {
namespace {

using namespace testing;  // NOLINT: of this folder's tests alone.
using ::testing::HasSubstr;

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() : state_(nothing_) { state_.put("notes/1", "hello"); }
  ~ServerTest() override {
    if (server_) server_->stop();
  }

  void SetUp() override { start(std::nullopt); }

  void start(std::optional<Actor> default_actor) {
    if (server_) server_->stop();
    environment_ = std::make_unique<Environment>(host_, clock_, metrics_, std::move(default_actor));
    auto started = GrpcServer::start(
        config_, *environment_,
        {{v1::NoteService::service_full_name(), std::make_shared<NoteService>(*environment_)},
         make_platform_service(*environment_,
                               {.info =
                                    [] {
                                      return ServerInfo{"1.2.3",
                                                        {"notes/7: replaying"},
                                                        {{"notes", {{7, "replaying", 5, ""}}}}};
                                    },
                                .drain = [this](bool on) { hear(on ? "drain" : "resume"); },
                                .stop = [this] { hear("stop"); }})});
    ASSERT_TRUE(started) << started.error().message_en;
    server_ = std::move(*started);
    channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()),
                                   grpc::InsecureChannelCredentials());
    stub_ = v1::NoteService::NewStub(channel_);
  }

  static void as_person(grpc::ClientContext& context) {
    context.AddMetadata("lianmeng-actor", "person:610524-p3");
  }

  v1::AddNoteRequest note(const std::string& text = "hello") {
    v1::AddNoteRequest request;
    request.set_county("610524");
    request.set_text(text);
    return request;
  }

  // Calls from another thread, so that the test can answer for the host.
  std::future<Answer<v1::AddNoteResponse>> add(
      v1::AddNoteRequest request, std::function<void(grpc::ClientContext&)> prepare = as_person) {
    return std::async(std::launch::async, [this, request, prepare] {
      grpc::ClientContext context;
      prepare(context);
      Answer<v1::AddNoteResponse> answer;
      answer.status = stub_->AddNote(&context, request, &answer.response);
      return answer;
    });
  }

  void accept(const runtime::Command& command, std::uint64_t sequence = 901) {
    runtime::Accepted accepted;
    accepted.place = {"notes", 7, sequence};
    accepted.subject = "notes/1";
    accepted.validated = command.validate_only;
    command.done({accepted, &state_});
  }

  void hear(std::string what) {
    const std::lock_guard lock(heard_mutex_);
    heard_.push_back(std::move(what));
  }
  std::vector<std::string> heard() {
    const std::lock_guard lock(heard_mutex_);
    return heard_;
  }

  std::string metric(const std::string& line) {
    const auto text = metrics_.text();
    const auto at = text.find(line + " ");
    if (at == text.npos) return "";
    const auto value = at + line.size() + 1;
    return text.substr(value, text.find('\n', value) - value);
  }

  ServerConfig config_{.listen = "127.0.0.1:0", .stop_max = Duration(2000)};
  SystemClock clock_;
  obs::Metrics metrics_;
  FakeHost host_;
  state::EmptyView nothing_;
  state::Layer state_;
  std::mutex heard_mutex_;
  std::vector<std::string> heard_;  // What the platform service was asked, on gRPC's threads.
  std::unique_ptr<Environment> environment_;
  std::unique_ptr<GrpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::NoteService::Stub> stub_;
};

TEST_F(ServerTest, ACommandIsParsedQueuedAndAnsweredFromTheState) {
  SeededRandom random(3);
  auto request = note();
  request.set_request_id(make_uuid_v7(clock_.now(), random));
  request.add_read_tokens("membership/3/4");
  auto answer = add(request, [](grpc::ClientContext& context) {
    as_person(context);
    context.AddMetadata("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  });

  const auto command = host_.commands.take();
  EXPECT_EQ(command.name, "AddNote");
  EXPECT_EQ(command.county, CountyId("610524"));
  EXPECT_EQ(to_string(command.actor), "person:610524-p3");
  EXPECT_EQ(command.request_id, request.request_id());
  EXPECT_EQ(command.request_hash.size(), 32u);
  EXPECT_EQ(command.tokens, (std::vector<Place>{{"membership", 3, 4}}));
  EXPECT_FALSE(command.repeat);
  EXPECT_FALSE(command.bulk);
  EXPECT_EQ(trace_id_of(command.traceparent), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_TRUE(std::holds_alternative<runtime::EventPtr>(command.decide(state_, {})));
  accept(command);

  const auto got = answer.get();
  EXPECT_TRUE(got.status.ok()) << got.status.error_message();
  EXPECT_EQ(got.response.text(), "hello");
  EXPECT_EQ(got.response.by(), "person:610524-p3");
  EXPECT_EQ(got.response.read_token(), "notes/7/901");
  EXPECT_FALSE(got.response.validated());
}

TEST_F(ServerTest, ValidateOnlyIsToldAndHasNoToken) {
  auto request = note();
  request.set_validate_only(true);
  auto answer = add(request);
  const auto command = host_.commands.take();
  EXPECT_TRUE(command.validate_only);
  accept(command);
  const auto got = answer.get();
  EXPECT_TRUE(got.response.validated());
  EXPECT_EQ(got.response.read_token(), "");
}

TEST_F(ServerTest, ARefusalArrivesWithItsReason) {
  auto answer = add(note("x"));
  const auto command = host_.commands.take();
  const auto decision = command.decide(state_, {});
  command.done({to_error(std::get<Refusal>(decision)), nullptr});
  const auto got = answer.get();
  EXPECT_EQ(got.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(got.status.error_message(), "太短。 / Too short.");
  EXPECT_EQ(got.reason(), "NOTE_TOO_SHORT");
}

TEST_F(ServerTest, WhatIsWrongAtTheEdgeNeverReachesTheHost) {
  EXPECT_EQ(add(note(), [](grpc::ClientContext&) {}).get().reason(), "ACTOR_MISSING");
  EXPECT_EQ(add(note("unsealable")).get().reason(), "KEYS_UNAVAILABLE");
  auto request = note();
  request.set_county("");
  EXPECT_EQ(add(request).get().reason(), "INVALID_FIELD");
  EXPECT_TRUE(host_.commands.empty());
}

TEST_F(ServerTest, AFieldBeyondItsLimitIsNamedWithTheLimit) {
  auto request = note(std::string(101, 'x'));
  request.mutable_author()->set_id("no id");
  const auto answer = add(request).get();
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(answer.reason(), "INVALID_FIELD");
  EXPECT_THAT(answer.status.error_message(), HasSubstr("至多100字，收到101字"));
  EXPECT_THAT(answer.status.error_message(), HasSubstr("at most 100 characters; 101 were given"));
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(answer.status.error_details()));
  google::rpc::BadRequest bad;
  ASSERT_TRUE(details.details(1).UnpackTo(&bad));
  ASSERT_EQ(bad.field_violations_size(), 2);
  EXPECT_EQ(bad.field_violations(0).field(), "text");
  EXPECT_EQ(bad.field_violations(1).field(), "author.id");
  EXPECT_TRUE(host_.commands.empty());
}

// Bytes that no generated client would send.
TEST_F(ServerTest, BytesThatAreNoRequestAreRefusedInWords) {
  grpc::GenericStub stub(channel_);
  const auto call = [&](const std::string& method, const std::string& bytes) {
    const grpc::Slice slice(bytes);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    grpc::ClientContext context;
    as_person(context);
    std::promise<grpc::Status> done;
    stub.UnaryCall(&context, "/lianmeng.rpctest.v1.NoteService/" + method, grpc::StubOptions(),
                   &request, &response,
                   [&](grpc::Status status) { done.set_value(std::move(status)); });
    return done.get_future().get();
  };
  auto request = note("\x01\x01\x01");
  auto bytes = request.SerializeAsString();
  bytes.replace(bytes.find("\x01\x01\x01"), 3, "\xed\xa0\x80");  // Half of a surrogate pair.
  auto status = call("AddNote", bytes);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("text"));
  EXPECT_THAT(status.error_message(), HasSubstr("not UTF-8"));
  status = call("GetNote", "\xff\xff\xff\xff");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("cannot be read"));
  status = call("ExecuteCommands", "\x0a\xff\xff\xff\xff\x7f");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("cannot be read"));
  EXPECT_TRUE(host_.commands.empty());
}

TEST_F(ServerTest, TheDefaultActorStandsInWhereACallNamesNone) {
  start(Actor{Actor::Kind::kPerson, "610524-p1", ""});
  auto answer = add(note(), [](grpc::ClientContext&) {});
  const auto command = host_.commands.take();
  EXPECT_EQ(command.actor.id, "610524-p1");
  accept(command);
  EXPECT_TRUE(answer.get().status.ok());
}

TEST_F(ServerTest, AFullQueueIsToldAtOnceAndRetriable) {
  host_.full = true;
  const auto got = add(note()).get();
  EXPECT_EQ(got.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(got.reason(), "BUSY");
}

TEST_F(ServerTest, ASecondAttemptIsARepeat) {
  auto answer = add(note(), [](grpc::ClientContext& context) {
    as_person(context);
    context.AddMetadata("lianmeng-attempt", "2");
  });
  const auto command = host_.commands.take();
  EXPECT_TRUE(command.repeat);
  accept(command);
  answer.get();
}

TEST_F(ServerTest, AnImportStandsBehindPeople) {
  auto request = note();
  request.set_external_id("survey-7");
  auto answer = add(request);
  const auto command = host_.commands.take();
  EXPECT_TRUE(command.bulk);
  EXPECT_EQ(command.external_id, "survey-7");
  EXPECT_FALSE(command.request_hash.empty());
  accept(command);
  answer.get();
}

TEST_F(ServerTest, WithoutADeadlineACallHasTenSeconds) {
  const auto before = clock_.steady();
  auto answer = add(note());
  const auto command = host_.commands.take();
  const auto after = clock_.steady();
  EXPECT_GE(command.deadline, before + std::chrono::seconds(10));
  EXPECT_LE(command.deadline, after + std::chrono::seconds(10));
  accept(command);
  answer.get();
}

TEST_F(ServerTest, TheCallersDeadlineIsKept) {
  auto answer = add(note(), [](grpc::ClientContext& context) {
    as_person(context);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  });
  const auto command = host_.commands.take();
  EXPECT_GT(command.deadline, clock_.steady() + std::chrono::seconds(50));
  EXPECT_LE(command.deadline, clock_.steady() + std::chrono::seconds(61));
  accept(command);
  answer.get();
}

TEST_F(ServerTest, ACallThatIsGoneWhenItIsAnsweredDoesNoHarm) {
  std::promise<grpc::ClientContext*> started;
  auto answer = add(note(), [&](grpc::ClientContext& context) {
    as_person(context);
    started.set_value(&context);
  });
  auto* context = started.get_future().get();
  const auto command = host_.commands.take();
  context->TryCancel();
  EXPECT_EQ(answer.get().status.error_code(), grpc::StatusCode::CANCELLED);
  accept(command);
  server_->stop();  // Waits for the call, so it was counted out.
  EXPECT_EQ(metric("lianmeng_rpc_in_flight{method=\"AddNote\",service=\"notes\"}"), "0");
}

TEST_F(ServerTest, AnOversizedRequestIsRefusedBeforeItIsParsed) {
  config_.request_bytes_max = 16 * 1024;
  start(std::nullopt);
  const auto got = add(note(std::string(17 * 1024, 'x'))).get();
  EXPECT_EQ(got.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(host_.commands.empty());
}

TEST_F(ServerTest, AQueryReadsTheViewAndSaysHowFarItIs) {
  auto call = [this](const std::string& id) {
    return std::async(std::launch::async, [this, id] {
      grpc::ClientContext context;
      as_person(context);
      context.AddMetadata("lianmeng-staleness", "2000");
      v1::GetNoteRequest request;
      request.set_county("610524");
      request.set_id(id);
      Answer<v1::GetNoteResponse> answer;
      answer.status = stub_->GetNote(&context, request, &answer.response);
      return answer;
    });
  };
  auto found = call("notes/1");
  auto query = host_.queries.take();
  EXPECT_EQ(query.staleness, Duration(2000));
  query.done(runtime::QueryContext{&state_, clock_.now(), {"notes", 7, 12}});
  const auto got = found.get();
  EXPECT_EQ(got.response.text(), "hello");
  EXPECT_EQ(got.response.read_token(), "notes/7/12");

  auto unknown = call("notes/2");
  query = host_.queries.take();
  query.done(runtime::QueryContext{&state_, clock_.now(), {"notes", 7, 12}});
  EXPECT_EQ(unknown.get().status.error_code(), grpc::StatusCode::NOT_FOUND);
}

class BatchTest : public ServerTest {
 protected:
  std::future<Answer<v1::ExecuteCommandsResponse>> execute(v1::ExecuteCommandsRequest request) {
    return std::async(std::launch::async, [this, request] {
      grpc::ClientContext context;
      as_person(context);
      Answer<v1::ExecuteCommandsResponse> answer;
      answer.status = stub_->ExecuteCommands(&context, request, &answer.response);
      return answer;
    });
  }
  static std::string reason_of(const v1::CommandOutcome& outcome) {
    google::rpc::ErrorInfo info;
    outcome.error().details(0).UnpackTo(&info);
    return info.reason();
  }
};

TEST_F(BatchTest, CommandsAreQueuedInOrderAndEachHasItsOutcome) {
  v1::ExecuteCommandsRequest request;
  *request.add_commands()->mutable_add_note() = note("first");
  *request.add_commands()->mutable_add_note() = note("second");
  request.add_commands();  // Nothing in it.
  *request.add_commands()->mutable_add_note() = note("elsewhere");
  request.mutable_commands(3)->mutable_add_note()->set_county("610525");
  *request.add_commands()->mutable_add_note() = note("unsealable");
  *request.add_commands()->mutable_add_note() = note("last");
  auto answer = execute(request);

  const auto first = host_.commands.take();
  const auto second = host_.commands.take();
  const auto last = host_.commands.take();
  EXPECT_TRUE(first.bulk);
  const auto text_of = [&](const runtime::Command& command) {
    const auto decision = command.decide(state_, {});
    const auto& event = *std::get<runtime::EventPtr>(decision);
    return static_cast<const v1::AddNoteRequest&>(event).text();
  };
  EXPECT_EQ(text_of(first), "first");
  EXPECT_EQ(text_of(second), "second");
  EXPECT_EQ(text_of(last), "last");
  accept(first, 1);
  second.done({to_error(refuse(kNoteTooShort)), nullptr});
  accept(last, 2);

  const auto got = answer.get();
  ASSERT_TRUE(got.status.ok()) << got.status.error_message();
  ASSERT_EQ(got.response.outcomes_size(), 6);
  EXPECT_EQ(got.response.outcomes(0).accepted().subject(), "notes/1");
  EXPECT_EQ(got.response.outcomes(0).accepted().read_token(), "notes/7/1");
  EXPECT_EQ(reason_of(got.response.outcomes(1)), "NOTE_TOO_SHORT");
  EXPECT_EQ(reason_of(got.response.outcomes(2)), "BATCH_ENTRY_EMPTY");
  EXPECT_EQ(reason_of(got.response.outcomes(3)), "BATCH_COUNTY");
  EXPECT_EQ(reason_of(got.response.outcomes(4)), "KEYS_UNAVAILABLE");
  EXPECT_EQ(got.response.outcomes(5).accepted().read_token(), "notes/7/2");
}

TEST_F(BatchTest, AnswersEvenWhenTheHostRefusedAllInsideTheCall) {
  host_.full = true;
  v1::ExecuteCommandsRequest request;
  for (int i = 0; i < 1000; ++i) *request.add_commands()->mutable_add_note() = note();
  const auto got = execute(request).get();
  ASSERT_TRUE(got.status.ok());
  ASSERT_EQ(got.response.outcomes_size(), 1000);
  EXPECT_EQ(reason_of(got.response.outcomes(999)), "BUSY");
}

TEST_F(BatchTest, HasOneToAThousandCommands) {
  EXPECT_EQ(execute({}).get().reason(), "INVALID_FIELD");
  v1::ExecuteCommandsRequest request;
  for (int i = 0; i < 1001; ++i) request.add_commands();
  EXPECT_EQ(execute(request).get().reason(), "INVALID_FIELD");
}

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

TEST_F(ServerTest, AStopAnswersWhatWasTaken) {
  auto answer = add(note());
  const auto command = host_.commands.take();
  auto stopped = std::async(std::launch::async, [this] { server_->stop(); });
  accept(command);
  EXPECT_TRUE(answer.get().status.ok());
  stopped.get();
}

// As when the log does not say what became of a record: only the host's own end answers then.
TEST_F(ServerTest, AStopDoesNotWaitForEverForWhatTheHostDoesNotAnswer) {
  config_.stop_max = Duration(50);
  start(std::nullopt);
  auto answer = add(note());
  const auto command = host_.commands.take();
  EXPECT_FALSE(server_->stop_taking());
  EXPECT_FALSE(answer.get().status.ok());
  accept(command);
  server_->stop();
}

TEST_F(ServerTest, CallsAreCountedByMethodAndCode) {
  auto answer = add(note());
  const auto command = host_.commands.take();
  EXPECT_EQ(metric("lianmeng_rpc_in_flight{method=\"AddNote\",service=\"notes\"}"), "1");
  accept(command);
  answer.get();
  EXPECT_EQ(metric("lianmeng_rpc_calls_total{code=\"OK\",method=\"AddNote\",service=\"notes\"}"),
            "1");
  EXPECT_EQ(metric("lianmeng_rpc_seconds_count{method=\"AddNote\",service=\"notes\"}"), "1");
}

TEST_F(ServerTest, PingAndGetInfoNeedNoActor) {
  const auto stub = platform::v1::PlatformService::NewStub(channel_);
  platform::v1::PingResponse pong;
  grpc::ClientContext ping;
  EXPECT_TRUE(stub->Ping(&ping, {}, &pong).ok());
  platform::v1::GetInfoResponse info;
  grpc::ClientContext context;
  ASSERT_TRUE(stub->GetInfo(&context, {}, &info).ok());
  EXPECT_EQ(info.version(), "1.2.3");
  EXPECT_FALSE(info.ready());
  ASSERT_EQ(info.services_size(), 1);
  EXPECT_EQ(info.services(0).partitions(0).state(), "replaying");
}

TEST_F(ServerTest, OnlyTheOperatorDrainsResumesAndStops) {
  // Nobody stands in for the operator, not even a default actor.
  start(Actor{Actor::Kind::kOperator, "root", ""});
  const auto stub = platform::v1::PlatformService::NewStub(channel_);
  const auto ask = [&](const std::string& actor) {
    const auto with = [&](grpc::ClientContext& context) -> grpc::ClientContext* {
      if (!actor.empty()) context.AddMetadata("lianmeng-actor", actor);
      return &context;
    };
    grpc::ClientContext one, two, three;
    platform::v1::DrainResponse drained;
    platform::v1::ResumeResponse resumed;
    platform::v1::StopResponse stopped;
    return std::vector{stub->Drain(with(one), {}, &drained).error_code(),
                       stub->Resume(with(two), {}, &resumed).error_code(),
                       stub->Stop(with(three), {}, &stopped).error_code()};
  };
  using grpc::StatusCode;
  const std::vector refused(3, StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(ask(""), refused);
  EXPECT_EQ(ask("person:610524-p3"), refused);
  EXPECT_EQ(ask("county-system:tax"), refused);
  EXPECT_EQ(ask("nobody"), refused);
  EXPECT_TRUE(heard().empty());
  EXPECT_EQ(ask("operator:root"), std::vector(3, StatusCode::OK));
  EXPECT_EQ(heard(), (std::vector<std::string>{"drain", "resume", "stop"}));
}

// grpc.health.v1 and reflection speak protos that Debian ships no C++ for; asked in raw bytes.
TEST_F(ServerTest, HealthIsKeptForEachService) {
  const std::string name = v1::NoteService::service_full_name();
  const auto check = [&]() -> int {
    grpc::ByteBuffer response;
    const std::string request = std::string("\x0a") + static_cast<char>(name.size()) + name;
    const grpc::Slice slice(request);
    grpc::ByteBuffer bytes(&slice, 1);
    grpc::ClientContext context;
    grpc::GenericStub stub(channel_);
    std::promise<grpc::Status> done;
    stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", {}, &bytes, &response,
                   [&](grpc::Status status) { done.set_value(std::move(status)); });
    const auto status = done.get_future().get();
    if (!status.ok()) return -static_cast<int>(status.error_code());
    std::vector<grpc::Slice> slices;
    response.Dump(&slices);
    return slices.at(0).begin()[1];
  };
  EXPECT_EQ(check(), 2);  // NOT_SERVING
  server_->set_serving(true);
  EXPECT_EQ(check(), 1);  // SERVING
  server_->set_serving(name, false);
  EXPECT_EQ(check(), 2);
}

TEST_F(ServerTest, ListensOnLoopbackOnly) {
  for (const auto* listen : {"0.0.0.0:0", "[::]:0", "192.168.7.1:50051"}) {
    const auto server = GrpcServer::start({.listen = listen}, *environment_, {});
    ASSERT_FALSE(server);
    EXPECT_EQ(server.error().reason, "LISTEN_NOT_LOOPBACK");
    EXPECT_THAT(server.error().message_en, HasSubstr(listen));
  }
}

TEST_F(ServerTest, ATakenPortIsToldWithTheRemedy) {
  const auto second = GrpcServer::start({.listen = "127.0.0.1:" + std::to_string(server_->port())},
                                        *environment_, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason, "LISTEN_FAILED");
  EXPECT_THAT(second.error().message_en, HasSubstr("another process has the port"));
}

}  // namespace
}  // namespace lianmeng::rpc
