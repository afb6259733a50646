// A service as all are, and a host that the test answers for: what the tests of the edge share.
#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "platform/rpc/calls.h"
#include "rpc_test_service.grpc.pb.h"

namespace lianmeng::rpc::testing {

namespace v1 = rpctest::v1;

inline const Reason kNoteTooShort{"NOTE_TOO_SHORT", ErrorKind::kFailedPrecondition, "太短。",
                                  "Too short."};

// A queue between the threads of gRPC and the test.
template <class Item>
class Mailbox {
 public:
  void put(Item item) {
    const std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
    filled_.notify_all();
  }
  Item take() {
    std::unique_lock lock(mutex_);
    if (!filled_.wait_for(lock, std::chrono::seconds(30), [&] { return !items_.empty(); })) {
      std::fprintf(stderr, "nothing came in 30 s\n");
      std::abort();
    }
    Item item = std::move(items_.front());
    items_.pop_front();
    return item;
  }
  bool empty() {
    const std::lock_guard lock(mutex_);
    return items_.empty();
  }

 private:
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<Item> items_;
};

class FakeHost final : public runtime::ServiceHost {
 public:
  void submit(std::string_view service, runtime::Command command) override {
    EXPECT_EQ(service, "notes");
    if (full) {
      auto done = std::move(command.done);
      return done(
          {make_error(ErrorKind::kResourceExhausted, "BUSY", "the queue is full"), nullptr});
    }
    commands.put(std::move(command));
  }
  void submit_all(std::string_view service, std::vector<runtime::Command> all) override {
    for (auto& command : all) submit(service, std::move(command));
  }
  const runtime::Elsewhere* elsewhere(std::string_view service, const CountyId&) const override {
    EXPECT_EQ(service, "notes");
    return others;
  }
  void query(std::string_view service, runtime::Query query) override {
    EXPECT_EQ(service, "notes");
    queries.put(std::move(query));
  }
  void watch(std::string_view service, runtime::Watch watch) override {
    EXPECT_EQ(service, "notes");
    watches.put(std::move(watch));
  }

  // Answers the question whether somebody may watch, and gives the watch that follows.
  runtime::Watch begin_watch() {
    const state::EmptyView nothing;
    queries.take().done(runtime::QueryContext{&nothing, Time(), {"notes", 7, 12}});
    return watches.take();
  }

  std::atomic<bool> full{false};
  std::atomic<int> prepared{0};  // Batches.
  std::atomic<const runtime::Elsewhere*> others{nullptr};
  Mailbox<runtime::Command> commands;
  Mailbox<runtime::Query> queries;
  Mailbox<runtime::Watch> watches;
};

inline Result<runtime::DecideFn> bind_add_note(const v1::AddNoteRequest& request) {
  if (request.text() == "unsealable") {
    return fail(ErrorKind::kUnavailable, "KEYS_UNAVAILABLE", "the key store does not answer");
  }
  return runtime::DecideFn([&request](const state::View&, const DecideContext&) {
    if (request.text().size() < 2) return runtime::RawDecision(refuse(kNoteTooShort));
    return runtime::RawDecision(
        runtime::EventPtr(std::make_shared<const v1::AddNoteRequest>(request)));
  });
}

inline void fill_add_note(const state::View& view, const runtime::Accepted& accepted,
                          const Actor& actor, v1::AddNoteResponse* response) {
  std::string text;
  view.get(accepted.subject, &text);
  response->set_text(text);
  response->set_by(to_string(actor));
}

class NoteService final : public v1::NoteService::CallbackService {
 public:
  explicit NoteService(Environment& environment)
      : calls_(environment, "notes", v1::NoteService::service_full_name()) {}

  grpc::ServerUnaryReactor* AddNote(grpc::CallbackServerContext* context,
                                    const v1::AddNoteRequest* request,
                                    v1::AddNoteResponse* response) override {
    return run_command(calls_, "AddNote", context, request, response, bind_add_note, fill_add_note);
  }
  grpc::ServerUnaryReactor* GetNote(grpc::CallbackServerContext* context,
                                    const v1::GetNoteRequest* request,
                                    v1::GetNoteResponse* response) override {
    return run_query(calls_, "GetNote", context, request, response,
                     [](const runtime::QueryContext& read, const Actor&,
                        const v1::GetNoteRequest& get, v1::GetNoteResponse* out) -> Status {
                       std::string text;
                       if (!read.view->get(get.id(), &text)) {
                         return fail(ErrorKind::kNotFound, "NOTE_UNKNOWN", "no such note");
                       }
                       out->set_text(text);
                       return {};
                     });
  }
  grpc::ServerUnaryReactor* ExecuteCommands(grpc::CallbackServerContext* context,
                                            const v1::ExecuteCommandsRequest* request,
                                            v1::ExecuteCommandsResponse* response) override {
    struct Visit {
      void prepare(const v1::ExecuteCommandsRequest&) const { ++host->prepared; }
      void operator()(const v1::NoteCommand& command, BatchEntry& entry) const {
        if (command.has_add_note()) entry.take("AddNote", command.add_note(), bind_add_note);
      }
      FakeHost* host;
    };
    return run_batch(calls_, "ExecuteCommands", context, request, response,
                     Visit{static_cast<FakeHost*>(&calls_.environment().host)});
  }
  grpc::ServerWriteReactor<v1::WatchNotesResponse>* WatchNotes(
      grpc::CallbackServerContext* context, const v1::WatchNotesRequest* request) override {
    return run_watch<v1::WatchNotesResponse>(
        calls_, "WatchNotes", context, request,
        [](const runtime::QueryContext&, const Actor& actor, const v1::WatchNotesRequest&) {
          return actor.is_person() ? Status() : fail(to_error(refuse(kNoteTooShort)));
        },
        [](const runtime::WatchedEvent& event, const Actor&, const v1::WatchNotesRequest&,
           v1::WatchNotesResponse* out) {
          const auto& note = static_cast<const v1::AddNoteRequest&>(*event.event);
          if (note.text() == "hidden") return false;
          out->set_text(note.text());
          return true;
        });
  }

 private:
  Calls calls_;
};

// What a finished call looked like to its caller.
template <class Response>
struct Answer {
  grpc::Status status;
  Response response;

  std::string reason() const {
    google::rpc::Status details;
    google::rpc::ErrorInfo info;
    if (details.ParseFromString(status.error_details()) && details.details_size() > 0) {
      details.details(0).UnpackTo(&info);
    }
    return info.reason();
  }
};

}  // namespace lianmeng::rpc::testing
