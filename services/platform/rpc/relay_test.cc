// Two pods: a server whose calls go to the other, as hosts that are elsewhere, and as a standby.
#include "platform/rpc/relay.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "platform/base/random.h"
#include "platform/rpc/testdata/notes.h"

namespace lianmeng::rpc {
namespace {

using namespace testing;  // NOLINT: of this folder's tests alone.

// A pod of the service.
class Pod {
 public:
  Pod(Clock& clock, RelayConfig relay, int port = 0)
      : state_(nothing_), relay_(std::move(relay), clock, metrics_) {
    state_.put("notes/1", "hello");
    environment_ = std::make_unique<Environment>(host, clock, metrics_, std::nullopt, &relay_);
    auto started = GrpcServer::start(
        {.listen = "127.0.0.1:" + std::to_string(port), .stop_max = Duration(2000)}, *environment_,
        {{v1::NoteService::service_full_name(), std::make_shared<NoteService>(*environment_)}});
    EXPECT_TRUE(started) << started.error().message_en;
    server_ = std::move(*started);
    stub = v1::NoteService::NewStub(
        grpc::CreateChannel(address(), grpc::InsecureChannelCredentials()));
  }
  ~Pod() {
    relay_.stop();
    server_->stop();
  }

  int port() const { return server_->port(); }
  std::string address() const { return "127.0.0.1:" + std::to_string(port()); }
  bool connected(int peers = 1) {
    return metrics_.text().find("lianmeng_rpc_peers_connected " + std::to_string(peers)) !=
           std::string::npos;
  }
  std::string text() { return metrics_.text(); }

  void accept(const runtime::Command& command) {
    runtime::Accepted accepted;
    accepted.place = {"notes", 7, 901};
    accepted.subject = "notes/1";
    command.done({accepted, &state_});
  }
  void answer(const runtime::Query& query) {
    query.done(runtime::QueryContext{&state_, Time{}, {"notes", 7, 901}});
  }

  FakeHost host;
  std::unique_ptr<v1::NoteService::Stub> stub;

 private:
  obs::Metrics metrics_;
  state::EmptyView nothing_;
  state::Layer state_;
  Relay relay_;
  std::unique_ptr<Environment> environment_;
  std::unique_ptr<GrpcServer> server_;
};

// A pod of another program: it answers each call with a code that gRPC does not have.
class StrangePod {
 public:
  // Behind the last one, 16, and still a value that C++ lets such an enumeration have.
  static constexpr int kNoCode = 30;

  StrangePod() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterCallbackGenericService(&service_);
    server_ = builder.BuildAndStart();
  }
  ~StrangePod() { server_->Shutdown(); }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  // Of the next call.
  std::chrono::system_clock::time_point deadline() { return service_.deadlines.take(); }

 private:
  struct Service final : grpc::CallbackGenericService {
    grpc::ServerGenericBidiReactor* CreateReactor(
        grpc::GenericCallbackServerContext* context) override {
      deadlines.put(context->deadline());
      struct Reactor final : grpc::ServerGenericBidiReactor {
        Reactor() { Finish(grpc::Status(static_cast<grpc::StatusCode>(kNoCode), "", "details")); }
        void OnDone() override { delete this; }
      };
      return new Reactor();
    }
    Mailbox<std::chrono::system_clock::time_point> deadlines;
  } service_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

class RelayTest : public ::testing::Test {
 protected:
  RelayTest() {
    host_ = std::make_unique<Pod>(clock_, RelayConfig{});
    RelayConfig config;
    config.peers = {{"notes-1", host_->address()}};
    config.silence = Duration(200);
    config.search = Duration(300);
    asked_ = std::make_unique<Pod>(clock_, config);
    await_connected();
  }

  void await_connected(int peers = 1) {
    while (!asked_->connected(peers)) std::this_thread::yield();
  }
  // One more, which is asked after the first.
  std::unique_ptr<Pod> add_host() {
    auto second = std::make_unique<Pod>(clock_, RelayConfig{});
    RelayConfig config;
    config.peers = {{"notes-1", host_->address()}, {"notes-2", second->address()}};
    asked_ = std::make_unique<Pod>(clock_, config);
    await_connected(2);
    asked_->host.others = &either_;
    return second;
  }
  std::unique_ptr<grpc::ClientReader<v1::WatchNotesResponse>> watch(grpc::ClientContext& context) {
    prepare(context);
    v1::WatchNotesRequest request;
    request.set_county("610524");
    return asked_->stub->WatchNotes(&context, request);
  }
  // Whoever the asked pod hosts, the other pod answers.
  void host_elsewhere() { asked_->host.others = &elsewhere_; }

  static void prepare(grpc::ClientContext& context) {
    context.AddMetadata("lianmeng-actor", "person:610524-p3");
    context.AddMetadata("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  }
  v1::AddNoteRequest note(const std::string& text, bool with_id = true) {
    v1::AddNoteRequest request;
    request.set_county("610524");
    request.set_text(text);
    if (with_id) request.set_request_id(make_uuid_v7(clock_.now(), random_));
    return request;
  }
  template <class Request, class Response>
  std::future<Answer<Response>> call(grpc::Status (v1::NoteService::Stub::*method)(
                                         grpc::ClientContext*, const Request&, Response*),
                                     Request request) {
    return std::async(std::launch::async, [this, method, request] {
      grpc::ClientContext context;
      prepare(context);
      Answer<Response> answer;
      answer.status = (asked_->stub.get()->*method)(&context, request, &answer.response);
      return answer;
    });
  }
  auto add(v1::AddNoteRequest request) { return call(&v1::NoteService::Stub::AddNote, request); }

  // What a standby does with a command that is the acting host's: the fate of it when that is none.
  static std::future<bool> hand_on(runtime::Command& command) {
    auto failed = std::make_shared<std::promise<bool>>();
    command.call->forward("notes-1", {command.repeat, command.hops + 1}, {command.part},
                          [failed](bool unknown) { failed->set_value(unknown); });
    return failed->get_future();
  }

  SystemClock clock_;
  SeededRandom random_{3};
  std::unique_ptr<Pod> host_;
  std::unique_ptr<Pod> asked_;
  const runtime::Elsewhere elsewhere_{{"notes-1"}, false};
  const runtime::Elsewhere either_{{"notes-1", "notes-2"}, false};
  const runtime::Elsewhere not_yet_{{"notes-1"}, true};
};

TEST_F(RelayTest, ACommandIsAnsweredByItsHostAsItCame) {
  host_elsewhere();
  const auto request = note("hello");
  auto answer = add(request);
  const auto command = host_->host.commands.take();
  EXPECT_EQ(command.request_id, request.request_id());
  EXPECT_EQ(to_string(command.actor), "person:610524-p3");
  EXPECT_EQ(command.hops, 1);
  EXPECT_FALSE(command.repeat);
  EXPECT_THAT(command.traceparent, ::testing::HasSubstr("0af7651916cd43dd8448eb211c80319c"));
  host_->accept(command);
  const auto got = answer.get();
  EXPECT_TRUE(got.status.ok()) << got.status.error_message();
  EXPECT_EQ(got.response.read_token(), "notes/7/901");
  EXPECT_TRUE(asked_->host.commands.empty());
  EXPECT_THAT(asked_->text(),
              ::testing::HasSubstr("lianmeng_rpc_forwarded_total{outcome=\"answered\"} 1"));
}

TEST_F(RelayTest, ARefusalComesBackAsItIs) {
  host_elsewhere();
  auto answer = add(note("x"));
  const auto command = host_->host.commands.take();
  command.done({to_error(refuse(kNoteTooShort)), nullptr});
  const auto got = answer.get();
  EXPECT_EQ(got.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(got.status.error_message(), "太短。 / Too short.");
  EXPECT_EQ(got.reason(), "NOTE_TOO_SHORT");
}

TEST_F(RelayTest, AQueryIsAnsweredByAHost) {
  host_elsewhere();
  v1::GetNoteRequest request;
  request.set_county("610524");
  request.set_id("notes/1");
  auto answer = call(&v1::NoteService::Stub::GetNote, request);
  host_->answer(host_->host.queries.take());
  EXPECT_EQ(answer.get().response.text(), "hello");
}

TEST_F(RelayTest, ABatchGoesWhole) {
  host_elsewhere();
  v1::ExecuteCommandsRequest request;
  for (const auto* text : {"one", "two", "three"}) {
    *request.add_commands()->mutable_add_note() = note(text);
  }
  auto answer = call(&v1::NoteService::Stub::ExecuteCommands, request);
  for (int i = 0; i < 3; ++i) {
    const auto command = host_->host.commands.take();
    EXPECT_EQ(command.part, i);
    host_->accept(command);
  }
  const auto got = answer.get();
  ASSERT_EQ(got.response.outcomes_size(), 3);
  for (const auto& outcome : got.response.outcomes())
    EXPECT_EQ(outcome.accepted().subject(), "notes/1");
  EXPECT_EQ(asked_->host.prepared, 0);
  EXPECT_EQ(host_->host.prepared, 1);
}

TEST_F(RelayTest, AWatchStreamsWhatAHostSees) {
  host_elsewhere();
  grpc::ClientContext context;
  auto reader = watch(context);
  auto there = host_->host.begin_watch();
  reader->WaitForInitialMetadata();
  runtime::WatchedEvent event;
  event.event = std::make_shared<const v1::AddNoteRequest>(note("seen"));
  EXPECT_TRUE(there.on_event(event));
  v1::WatchNotesResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.text(), "seen");
  there.on_end(to_error(refuse(kNoteTooShort)));
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(RelayTest, AWatchHasNoTimeButItsCallers) {
  StrangePod strange;
  RelayConfig config;
  config.peers = {{"notes-1", strange.address()}};
  asked_ = std::make_unique<Pod>(clock_, config);
  await_connected();
  host_elsewhere();
  {
    grpc::ClientContext context;
    watch(context)->Finish();
    EXPECT_EQ(strange.deadline(), std::chrono::system_clock::time_point::max());
  }
  grpc::ClientContext context;
  const auto until = std::chrono::system_clock::now() + std::chrono::hours(1);
  context.set_deadline(until);
  watch(context)->Finish();
  const auto off = strange.deadline() - until;
  EXPECT_LT(std::chrono::abs(off), std::chrono::minutes(1));
}

TEST_F(RelayTest, AWatchThatOneHostCannotServeGoesToTheNext) {
  const auto second = add_host();
  host_->host.others = &not_yet_;
  grpc::ClientContext context;
  auto reader = watch(context);
  auto there = second->host.begin_watch();
  reader->WaitForInitialMetadata();
  there.on_end(to_error(refuse(kNoteTooShort)));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_TRUE(host_->host.queries.empty());
}

TEST_F(RelayTest, AWatchIsRefusedWhereTheHostRefusesIt) {
  const auto second = add_host();
  grpc::ClientContext context;
  auto reader = watch(context);
  host_->host.queries.take().done(tl::unexpected(to_error(refuse(kNoteTooShort))));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_TRUE(second->host.queries.empty());
}

// It may have to wait until it has read its log.
TEST_F(RelayTest, AWatchThatNoOtherHostServesBeginsHere) {
  asked_->host.others = &not_yet_;
  host_->host.others = &not_yet_;
  grpc::ClientContext context;
  auto reader = watch(context);
  auto here = asked_->host.begin_watch();
  reader->WaitForInitialMetadata();
  here.on_end(to_error(refuse(kNoteTooShort)));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(RelayTest, AWatchThatNobodyServesIsToldWhoWasAsked) {
  host_elsewhere();
  host_.reset();
  while (asked_->connected()) std::this_thread::yield();
  grpc::ClientContext context;
  const auto status = watch(context)->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), ::testing::HasSubstr("notes-1"));
}

TEST_F(RelayTest, AWatchThatNobodyWantsAnyMoreEndsThereToo) {
  host_elsewhere();
  runtime::Watch there;
  {
    grpc::ClientContext context;
    auto reader = watch(context);
    there = host_->host.begin_watch();
    reader->WaitForInitialMetadata();
    context.TryCancel();
  }
  while (there.wanted()) std::this_thread::yield();
}

TEST_F(RelayTest, WhatNoHostAnswersIsToldAsNotDone) {
  host_elsewhere();
  host_.reset();
  while (asked_->connected()) std::this_thread::yield();
  const auto got = add(note("hello")).get();
  EXPECT_EQ(got.reason(), "NO_HOST");
  EXPECT_THAT(got.status.error_message(), ::testing::HasSubstr("notes-1"));
}

TEST_F(RelayTest, AHostThatComesBackIsFoundAgain) {
  host_elsewhere();
  const int port = host_->port();
  host_.reset();
  while (asked_->connected()) std::this_thread::yield();
  host_ = std::make_unique<Pod>(clock_, RelayConfig{}, port);
  await_connected();
  auto answer = add(note("hello"));
  host_->accept(host_->host.commands.take());
  EXPECT_TRUE(answer.get().status.ok());
}

// It has the command and says nothing: with a request id the next attempt is marked as a repeat.
TEST_F(RelayTest, ASilentHostIsAskedAgainAsARepeat) {
  host_elsewhere();
  const runtime::Elsewhere twice{{"notes-1", "notes-1"}, false};
  asked_->host.others = &twice;
  auto answer = add(note("hello"));
  const auto first = host_->host.commands.take();
  EXPECT_FALSE(first.repeat);
  EXPECT_EQ(first.hops, 1);
  const auto second = host_->host.commands.take();
  EXPECT_TRUE(second.repeat);
  EXPECT_EQ(second.hops, kHopsMax);  // It decides, and hands it on to nobody.
  EXPECT_EQ(second.request_id, first.request_id);
  host_->accept(second);
  EXPECT_TRUE(answer.get().status.ok());
  host_->accept(first);
}

TEST_F(RelayTest, WithoutARequestIdItsFateIsToldInstead) {
  const runtime::Elsewhere twice{{"notes-1", "notes-1"}, false};
  asked_->host.others = &twice;
  auto answer = add(note("hello", false));
  const auto command = host_->host.commands.take();
  EXPECT_EQ(answer.get().reason(), "FATE_UNKNOWN");
  EXPECT_TRUE(host_->host.commands.empty());
  host_->accept(command);
}

TEST_F(RelayTest, APodThatDoesNotServeYetAsksTheOtherHosts) {
  asked_->host.others = &not_yet_;
  auto answer = add(note("hello"));
  host_->accept(host_->host.commands.take());
  EXPECT_TRUE(answer.get().status.ok());
}

TEST_F(RelayTest, AndTakesTheCallItselfWhenThoseDoNotServeEither) {
  asked_->host.others = &not_yet_;
  host_->host.others = &not_yet_;  // Declines what another pod hands on.
  auto answer = add(note("hello"));
  const auto command = asked_->host.commands.take();
  EXPECT_FALSE(command.repeat);
  asked_->accept(command);
  EXPECT_TRUE(answer.get().status.ok());
  EXPECT_TRUE(host_->host.commands.empty());
}

TEST_F(RelayTest, ACommandOfAStandbyIsAnsweredByTheActingHost) {
  auto answer = add(note("hello"));
  auto command = asked_->host.commands.take();
  auto failed = hand_on(command);
  const auto acting = host_->host.commands.take();
  EXPECT_EQ(acting.request_id, command.request_id);
  EXPECT_EQ(acting.hops, 1);
  host_->accept(acting);
  EXPECT_EQ(answer.get().response.read_token(), "notes/7/901");
}

TEST_F(RelayTest, OfABatchTheNamedCommandsGoAndTheirOutcomesFindTheirPlaces) {
  v1::ExecuteCommandsRequest request;
  for (const auto* text : {"here", "there", "here too", "there too"}) {
    *request.add_commands()->mutable_add_note() = note(text);
  }
  auto answer = call(&v1::NoteService::Stub::ExecuteCommands, request);
  std::vector<runtime::Command> commands;
  for (int i = 0; i < 4; ++i) commands.push_back(asked_->host.commands.take());
  commands[1].call->forward("notes-1", {false, 1}, {1, 3}, [](bool) { ADD_FAILURE(); });
  const auto there = host_->host.commands.take();
  EXPECT_EQ(there.request_id, commands[1].request_id);
  const auto there_too = host_->host.commands.take();
  EXPECT_EQ(there_too.request_id, commands[3].request_id);
  host_->accept(there);
  there_too.done({to_error(refuse(kNoteTooShort)), nullptr});
  asked_->accept(commands[0]);
  asked_->accept(commands[2]);
  const auto got = answer.get();
  ASSERT_EQ(got.response.outcomes_size(), 4);
  for (const int i : {0, 1, 2}) EXPECT_TRUE(got.response.outcomes(i).has_accepted()) << i;
  EXPECT_TRUE(got.response.outcomes(3).has_error());
}

TEST_F(RelayTest, AHostThatCannotTakeACommandSaysSo) {
  auto answer = add(note("hello"));
  auto command = asked_->host.commands.take();
  auto failed = hand_on(command);
  host_->host.commands.take().done(
      {make_error(ErrorKind::kUnavailable, "DRAINING", "it is being drained"), nullptr});
  EXPECT_FALSE(failed.get());
  asked_->accept(command);
  EXPECT_TRUE(answer.get().status.ok());
}

TEST_F(RelayTest, ABatchThatOneHostCannotDecideGoesToTheNext) {
  const auto second = add_host();
  const auto drained = make_error(ErrorKind::kUnavailable, "DRAINING", "it is being drained");
  v1::ExecuteCommandsRequest request;
  *request.add_commands()->mutable_add_note() = note("one");
  *request.add_commands()->mutable_add_note() = note("unsealable");
  *request.add_commands()->mutable_add_note() = note("two");
  auto answer = call(&v1::NoteService::Stub::ExecuteCommands, request);
  for (int i = 0; i < 2; ++i) host_->host.commands.take().done({drained, nullptr});
  for (int i = 0; i < 2; ++i) second->accept(second->host.commands.take());
  const auto got = answer.get();
  ASSERT_EQ(got.response.outcomes_size(), 3);
  EXPECT_TRUE(got.response.outcomes(0).has_accepted());
  EXPECT_TRUE(got.response.outcomes(1).has_error());
  EXPECT_TRUE(got.response.outcomes(2).has_accepted());
}

// The others stand behind what was done, in their order: the caller asks again.
TEST_F(RelayTest, ABatchThatAHostHasDecidedInPartStaysThere) {
  const auto second = add_host();
  const auto drained = make_error(ErrorKind::kUnavailable, "DRAINING", "it is being drained");
  v1::ExecuteCommandsRequest request;
  for (const auto* text : {"one", "two"}) *request.add_commands()->mutable_add_note() = note(text);
  auto answer = call(&v1::NoteService::Stub::ExecuteCommands, request);
  host_->accept(host_->host.commands.take());
  host_->host.commands.take().done({drained, nullptr});
  const auto got = answer.get();
  ASSERT_EQ(got.response.outcomes_size(), 2);
  EXPECT_TRUE(got.response.outcomes(0).has_accepted());
  EXPECT_TRUE(got.response.outcomes(1).has_error());
  EXPECT_TRUE(second->host.commands.empty());
}

TEST_F(RelayTest, AHostThatIsGoneTookNothing) {
  host_.reset();
  while (asked_->connected()) std::this_thread::yield();
  auto answer = add(note("hello"));
  auto command = asked_->host.commands.take();
  EXPECT_FALSE(hand_on(command).get());
  asked_->accept(command);
  EXPECT_TRUE(answer.get().status.ok());
}

TEST_F(RelayTest, AHostThatSaysNothingMayHaveDoneIt) {
  auto answer = add(note("hello"));
  auto command = asked_->host.commands.take();
  auto failed = hand_on(command);
  const auto lost = host_->host.commands.take();
  EXPECT_TRUE(failed.get());
  asked_->accept(command);
  EXPECT_TRUE(answer.get().status.ok());
  host_->accept(lost);
}

// Whoever has little time must not make a standby act.
TEST_F(RelayTest, ThatTheCallersTimeIsOverSaysNothingOfTheHost) {
  auto answer = std::async(std::launch::async, [this] {
    grpc::ClientContext context;
    prepare(context);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(100));
    v1::AddNoteResponse response;
    return asked_->stub->AddNote(&context, note("hello"), &response).error_code();
  });
  auto command = asked_->host.commands.take();
  command.call->forward("notes-1", {false, 1}, {0}, [](bool) { ADD_FAILURE(); });
  const auto lost = host_->host.commands.take();
  EXPECT_EQ(answer.get(), grpc::StatusCode::DEADLINE_EXCEEDED);
  while (asked_->text().find("lianmeng_rpc_forwarded_total{outcome=\"answered\"} 1") ==
         std::string::npos) {
    std::this_thread::yield();
  }
  host_->accept(lost);
}

TEST_F(RelayTest, ACodeThatIsNoneIsUnknown) {
  const StrangePod strange;
  RelayConfig config;
  config.peers = {{"notes-1", strange.address()}};
  asked_ = std::make_unique<Pod>(clock_, config);
  await_connected();
  host_elsewhere();
  EXPECT_EQ(add(note("hello")).get().status.error_code(), grpc::StatusCode::UNKNOWN);
}

TEST_F(RelayTest, WhatCameThroughTooManyPodsGoesNoFurther) {
  host_elsewhere();
  grpc::ClientContext context;
  prepare(context);
  context.AddMetadata("lianmeng-hops", "2");
  v1::AddNoteResponse response;
  Answer<v1::AddNoteResponse> got;
  got.status = asked_->stub->AddNote(&context, note("hello"), &got.response);
  EXPECT_EQ(got.reason(), "NO_HOST");
  EXPECT_TRUE(host_->host.commands.empty());
}

}  // namespace
}  // namespace lianmeng::rpc
