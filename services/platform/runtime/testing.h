// A runtime as production wires it, with the embedded log and RocksDB: what the tests of it begin
// with.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "platform/log/embedded/embedded_log.h"
#include "platform/log/testing/temp_folder.h"
#include "platform/runtime/runtime.h"
#include "platform/store/rocks_store.h"
#include "platform/testing/tally.h"

namespace lianmeng::testing {

using runtime::Accepted;
using runtime::Command;
using runtime::CommandResult;
using runtime::QueryContext;

inline const CountyId kCounty("610524");

using Rows = std::map<std::string, std::string>;

class RuntimeTest : public ::testing::Test {
 protected:
  ~RuntimeTest() override { stop(); }

  void start(runtime::RuntimeConfig config = {}, std::unique_ptr<store::Store> given = nullptr) {
    log::EmbeddedLogConfig log_config;
    log_config.path = folder_.path() + "/log";
    log_config.segment_bytes = 1024 * 1024;
    auto log = log::EmbeddedLog::open(log_config, clock_, [](auto, const std::string&) {});
    ASSERT_TRUE(log) << log.error().message_en;
    log_ = std::move(*log);
    if (given) {
      store_ = std::move(given);
    } else {
      store::RocksConfig store_config;
      store_config.path = folder_.path() + "/store";
      auto store = store::open_rocks_store(store_config);
      ASSERT_TRUE(store) << store.error().message_en;
      store_ = std::move(*store);
    }
    config.loops = 2;
    runtime_ = std::make_unique<runtime::Runtime>(
        config, *log_, *store_, clock_, [this](std::string_view, const std::string& text) {
          const std::lock_guard lock(told_mutex_);
          told_ += text;
        });
    runtime_->add_service(*tally_);
    runtime_->add_service(*mirror_);
    ASSERT_TRUE(runtime_->start());
  }

  void stop_runtime() { runtime_.reset(); }
  void stop() {
    stop_runtime();
    store_.reset();
    log_.reset();
  }

  Command command(const std::string& name, std::int64_t amount) {
    Command command;
    command.name = "Add";
    command.county = kCounty;
    command.actor = {Actor::Kind::kPerson, "610524-p1", ""};
    command.request_id = make_uuid_v7(clock_.now(), random_);
    command.request_hash = fmt::format("{}+{}", name, amount);
    command.deadline = clock_.steady() + std::chrono::seconds{30};
    command.decide = add(name, amount);
    return command;
  }

  struct Answer {
    std::variant<Accepted, Error> outcome;
    std::int64_t sum = -1;  // As the answer's view shows it.
    bool accepted() const { return std::holds_alternative<Accepted>(outcome); }
    const Accepted& ok() const { return std::get<Accepted>(outcome); }
    const Error& error() const { return std::get<Error>(outcome); }
  };

  std::future<Answer> send(Command command, const std::string& name = "a") {
    auto promise = std::make_shared<std::promise<Answer>>();
    auto future = promise->get_future();
    command.done = [promise, name](const CommandResult& result) {
      Answer answer{result.outcome};
      if (result.view != nullptr) answer.sum = tally_of(*result.view, kCounty, name);
      promise->set_value(std::move(answer));
    };
    runtime_->submit("tally", std::move(command));
    return future;
  }

  template <class Value>
  Value read(const std::string& service, std::vector<Place> tokens,
             std::function<Value(const QueryContext&)> look) {
    auto promise = std::make_shared<std::promise<Value>>();
    auto future = promise->get_future();
    runtime::Query query;
    query.county = kCounty;
    query.tokens = std::move(tokens);
    query.deadline = clock_.steady() + std::chrono::seconds{30};
    query.done = [promise, look](const Result<QueryContext>& context) {
      EXPECT_TRUE(context) << context.error().message_en;
      promise->set_value(context ? look(*context) : Value{});
    };
    runtime_->query(service, std::move(query));
    return future.get();
  }

  std::int64_t sum(const std::string& name) {
    return read<std::int64_t>("tally", {}, [name](const QueryContext& context) {
      return tally_of(*context.view, kCounty, name);
    });
  }

  // To the operator.
  bool was_told(const std::string& text) {
    const std::lock_guard lock(told_mutex_);
    return told_.find(text) != std::string::npos;
  }

  // Every row of the fold, without the positions of this host.
  Rows state(const std::string& service) {
    return read<Rows>(service, {}, [](const QueryContext& context) {
      Rows rows;
      const auto cursor = context.view->cursor();
      for (cursor->seek(std::string_view("\x03", 1)); cursor->valid(); cursor->next()) {
        rows.emplace(cursor->key(), cursor->value());
      }
      return rows;
    });
  }

  SystemClock clock_;
  SystemRandom random_;
  log::TempFolder folder_;
  const runtime::Fold* tally_ = &tally_fold();
  const runtime::Fold* mirror_ = &mirror_fold();
  std::mutex told_mutex_;
  std::string told_;
  std::unique_ptr<log::EmbeddedLog> log_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<runtime::Runtime> runtime_;
};

}  // namespace lianmeng::testing
