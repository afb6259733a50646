#include "platform/identity/token_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "platform/identity/fetch.h"
#include "platform/identity/testing/authority.h"
#include "platform/identity/testing/tokens.h"

namespace lianmeng::identity {
namespace {

using ::testing::HasSubstr;

class MovedClock final : public Clock {
 public:
  Time now() override { return start_ + Duration(moved_); }
  SteadyTime steady() override { return SteadyTime(Duration(moved_)); }
  void move(Duration by) { moved_ += by.count(); }

 private:
  const Time start_ = *parse_rfc3339("2026-11-25T08:00:00.000Z");
  std::atomic<std::int64_t> moved_{1};
};

// What the gate tells, in order.
class Told {
 public:
  TokenGate::Tell teller() {
    return [this](bool warning, const std::string& text) {
      const std::lock_guard lock(mutex_);
      lines_.push_back((warning ? "warning: " : "") + text);
      changed_.notify_all();
    };
  }
  std::string next() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(30), [&] { return !lines_.empty(); })) {
      return "nothing in 30 s";
    }
    auto line = std::move(lines_.front());
    lines_.pop_front();
    return line;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> lines_;
};

// Serves a key set, over TLS when it has a certificate.
class KeyServer {
 public:
  explicit KeyServer(std::unique_ptr<httplib::Server> server) : server_(std::move(server)) {
    server_->Get("/jwks", [this](const httplib::Request&, httplib::Response& response) {
      const std::lock_guard lock(mutex_);
      ++asked_;
      response.status = status_;
      if (status_ == 302) response.set_header("Location", "/other");
      response.set_content(body_, "application/json");
      changed_.notify_all();
    });
    server_->Get("/other", [this](const httplib::Request&, httplib::Response& response) {
      const std::lock_guard lock(mutex_);
      response.set_content(body_, "application/json");
    });
    port_ = server_->bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_->listen_after_bind(); });
  }
  ~KeyServer() {
    // A stop before it has begun is passed over, and the join would wait for ever.
    while (!server_->is_running()) std::this_thread::yield();
    server_->stop();
    thread_.join();
  }
  void serve(std::string body, int status = 200) {
    const std::lock_guard lock(mutex_);
    body_ = std::move(body);
    status_ = status;
  }
  bool wait_asked(int times) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return asked_ >= times; });
  }
  int asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  std::string at(const std::string& scheme) const {
    return scheme + "://127.0.0.1:" + std::to_string(port_) + "/jwks";
  }

 private:
  std::unique_ptr<httplib::Server> server_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string body_;
  int status_ = 200;
  int asked_ = 0;
  int port_ = 0;
  std::thread thread_;
};

class TokenGateTest : public ::testing::Test {
 protected:
  GateConfig config(KeyPlace place) const {
    GateConfig out;
    out.rules = {.issuer = "https://id.test",
                 .audience = "lianmeng",
                 .leeway = Duration(60'000),
                 .operators = {"root"}};
    out.keys = std::move(place);
    out.file_look = Duration(5);
    out.again = Duration(10'000);
    return out;
  }
  std::unique_ptr<TokenGate> open(GateConfig with) {
    auto gate = TokenGate::open(std::move(with), clock_, told_.teller());
    EXPECT_TRUE(gate) << gate.error().message_en;
    return gate ? std::move(*gate) : nullptr;
  }
  std::string token(const Key& key) { return sign(key, test_claims("person:p1", clock_.now())); }
  static std::string reason(const Result<Bearer>& bearer) {
    return bearer ? "taken" : bearer.error().reason;
  }

  MovedClock clock_;
  TestFolder folder_;
  Told told_;
  const Key old_ = make_key(Algorithm::kEs256);
  const Key new_ = make_key(Algorithm::kEs256);
};

TEST_F(TokenGateTest, RemembersATokenUntilItExpires) {
  const auto gate = open(config({.file = folder_.write("keys.json", key_set_of({old_}))}));
  const auto good = token(old_);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(reason(gate->check(good)), "taken");
  EXPECT_EQ(gate->counts().verified, 1u);
  EXPECT_EQ(gate->counts().remembered, 2u);
  clock_.move(std::chrono::seconds(3659));
  EXPECT_EQ(reason(gate->check(good)), "taken");
  clock_.move(std::chrono::seconds(1));
  EXPECT_EQ(reason(gate->check(good)), "TOKEN_EXPIRED");
}

TEST_F(TokenGateTest, RemembersABoundedNumber) {
  auto with = config({.file = folder_.write("keys.json", key_set_of({old_}))});
  with.tokens_max = 16;  // One in each part.
  const auto gate = open(std::move(with));
  std::vector<std::string> tokens;
  for (int i = 0; i < 100; ++i) {
    tokens.push_back(sign(old_, test_claims("person:p" + std::to_string(i), clock_.now())));
  }
  for (const auto& each : tokens) EXPECT_EQ(reason(gate->check(each)), "taken");
  for (const auto& each : tokens) EXPECT_EQ(reason(gate->check(each)), "taken");
  EXPECT_LE(gate->counts().remembered, 16u);
}

TEST_F(TokenGateTest, KeysOfAFileAreRotatedWhileItRuns) {
  const auto gate = open(config({.file = folder_.write("keys.json", key_set_of({old_}))}));
  EXPECT_THAT(told_.next(), HasSubstr("ES256 " + old_.id()));
  EXPECT_EQ(reason(gate->check(token(old_))), "taken");
  folder_.write("keys.json", key_set_of({old_, new_}));
  EXPECT_THAT(told_.next(), HasSubstr(new_.id()));
  EXPECT_EQ(reason(gate->check(token(old_))), "taken");
  EXPECT_EQ(reason(gate->check(token(new_))), "taken");
}

// A key that leaked is taken out: what it signed is refused at once, remembered or not.
TEST_F(TokenGateTest, TokensOfAKeyTakenOutAreForgotten) {
  const auto gate = open(config({.file = folder_.write("keys.json", key_set_of({old_, new_}))}));
  told_.next();
  const auto good = token(old_);
  EXPECT_EQ(reason(gate->check(good)), "taken");
  folder_.write("keys.json", key_set_of({new_}));
  told_.next();
  EXPECT_NE(reason(gate->check(good)), "taken");
}

TEST_F(TokenGateTest, KeysThatCannotBeReadLeaveThoseBeforeInForceAndAreToldOnce) {
  const auto gate = open(config({.file = folder_.write("keys.json", key_set_of({old_}))}));
  told_.next();
  folder_.write("keys.json", "{");
  const auto told = told_.next();
  EXPECT_THAT(told, HasSubstr("warning: "));
  EXPECT_THAT(told, HasSubstr("stay in force"));
  EXPECT_EQ(reason(gate->check(token(old_))), "taken");
  std::filesystem::remove(folder_ / "keys.json");
  EXPECT_THAT(told_.next(), HasSubstr("No such file"));
  EXPECT_EQ(reason(gate->check(token(old_))), "taken");
  folder_.write("keys.json", key_set_of({new_}));
  EXPECT_THAT(told_.next(), HasSubstr(new_.id()));
}

TEST_F(TokenGateTest, AFileThatIsMissingOrWrongKeepsTheServerFromStarting) {
  const auto missing =
      TokenGate::open(config({.file = folder_ / "none.json"}), clock_, told_.teller());
  EXPECT_EQ(missing.error().reason, "KEYS_UNREADABLE");
  const auto wrong =
      TokenGate::open(config({.file = folder_.write("k.json", "[]")}), clock_, told_.teller());
  EXPECT_EQ(wrong.error().reason, "KEYS_MALFORMED");
  EXPECT_THAT(wrong.error().message_en, HasSubstr("k.json"));
}

TEST_F(TokenGateTest, KeysComeFromOnePlaceThatNobodyElseCanWriteTo) {
  const auto refused = [&](KeyPlace place) {
    const auto gate = TokenGate::open(config(std::move(place)), clock_, told_.teller());
    return gate ? "opened" : gate.error().reason;
  };
  EXPECT_EQ(refused({}), "KEYS_PLACE");
  EXPECT_EQ(refused({.file = "keys.json", .url = "https://id.test/jwks"}), "KEYS_PLACE");
  for (const auto* url : {"http://id.test/jwks", "ftp://127.0.0.1/jwks", "file:///etc/keys", "keys",
                          "http://127.0.0.1.evil.test/jwks"}) {
    EXPECT_EQ(refused({.url = url}), "KEYS_PLACE") << url;
  }
}

TEST_F(TokenGateTest, AnUnknownKeyHasTheUrlAskedAgainButNotOften) {
  KeyServer server(std::make_unique<httplib::Server>());
  server.serve(key_set_of({old_}));
  const auto gate = open(config({.url = server.at("http")}));
  EXPECT_THAT(told_.next(), HasSubstr(old_.id()));
  server.serve(key_set_of({old_, new_}));
  // The first is told to come again, and has the keys read.
  EXPECT_EQ(gate->check(token(new_)).error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(told_.next(), HasSubstr(new_.id()));
  EXPECT_EQ(reason(gate->check(token(new_))), "taken");
  EXPECT_EQ(server.asked(), 2);
  // Whoever makes up keys does not make the server ask each time.
  const auto made_up = token(make_key(Algorithm::kEs256));
  // What was told of the last read came before its end.
  while (reason(gate->check(made_up)) == "TOKEN_KEYS_UNREAD") std::this_thread::yield();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(reason(gate->check(made_up)), "TOKEN_KEY_UNKNOWN");
  EXPECT_EQ(server.asked(), 2);
  clock_.move(std::chrono::seconds(10));
  EXPECT_EQ(reason(gate->check(made_up)), "TOKEN_KEYS_UNREAD");
  EXPECT_TRUE(server.wait_asked(3));
}

TEST(Fetch, GoesThroughNoProxyOfTheEnvironmentInTheClear) {
  KeyServer server(std::make_unique<httplib::Server>());
  server.serve("keys");
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  ::setenv("no_proxy", "", 1);
  const auto fetched = fetch({.url = server.at("http")}, [] { return false; });
  ::unsetenv("http_proxy");
  ::unsetenv("no_proxy");
  ASSERT_TRUE(fetched) << fetched.error().message_en;
  EXPECT_EQ(*fetched, "keys");
}

TEST_F(TokenGateTest, AUrlIsAskedAgainAsOftenAsConfigured) {
  KeyServer server(std::make_unique<httplib::Server>());
  server.serve(key_set_of({old_}));
  auto with = config({.url = server.at("http")});
  with.refresh = Duration(5);
  const auto gate = open(std::move(with));
  EXPECT_TRUE(server.wait_asked(3));
  told_.next();
  server.serve(key_set_of({new_}));
  EXPECT_THAT(told_.next(), HasSubstr(new_.id()));
  EXPECT_EQ(reason(gate->check(token(new_))), "taken");
}

TEST_F(TokenGateTest, AUrlThatIsDownAtTheStartIsAskedUntilItAnswers) {
  KeyServer server(std::make_unique<httplib::Server>());
  server.serve("", 503);
  auto with = config({.url = server.at("http")});
  with.again = Duration(5);
  const auto gate = open(std::move(with));
  EXPECT_THAT(told_.next(), HasSubstr("calls with tokens are refused"));
  EXPECT_EQ(reason(gate->check(token(old_))), "TOKEN_KEYS_UNREAD");
  server.serve(key_set_of({old_}));
  EXPECT_THAT(told_.next(), HasSubstr(old_.id()));
  EXPECT_EQ(reason(gate->check(token(old_))), "taken");
}

TEST_F(TokenGateTest, AUrlIsNotFollowedElsewhere) {
  KeyServer server(std::make_unique<httplib::Server>());
  server.serve(key_set_of({old_}), 302);
  const auto gate = open(config({.url = server.at("http")}));
  EXPECT_THAT(told_.next(), HasSubstr("it answered 302"));
  EXPECT_EQ(reason(gate->check(token(old_))), "TOKEN_KEYS_UNREAD");
}

TEST_F(TokenGateTest, MoreThanASetOfKeysIsNotRead) {
  KeyServer server(std::make_unique<httplib::Server>());
  server.serve(std::string(kKeySetBytesMax + 1, ' '));
  const auto gate = open(config({.url = server.at("http")}));
  EXPECT_THAT(told_.next(), HasSubstr("cannot be read"));
}

TEST_F(TokenGateTest, AnHttpsServerMustBeOneThatTheCaFileVouchesFor) {
  const TestAuthority ours("Ours");
  const TestAuthority other("Other");
  const auto issued = ours.issue({"IP:127.0.0.1"});
  const auto certificate = folder_.write("tls.crt", issued.certificate);
  const auto key = folder_.write("tls.key", issued.key);
  KeyServer server(std::make_unique<httplib::SSLServer>(certificate.c_str(), key.c_str()));
  server.serve(key_set_of({old_}));
  {
    const auto gate = open(config(
        {.url = server.at("https"), .ca_file = folder_.write("other.crt", other.certificate())}));
    EXPECT_THAT(told_.next(), HasSubstr("certificate"));
    EXPECT_EQ(reason(gate->check(token(old_))), "TOKEN_KEYS_UNREAD");
  }
  const auto gate = open(
      config({.url = server.at("https"), .ca_file = folder_.write("ca.crt", ours.certificate())}));
  EXPECT_THAT(told_.next(), HasSubstr(old_.id()));
  EXPECT_EQ(reason(gate->check(token(old_))), "taken");
}

// Reads that hang end with the gate.
TEST_F(TokenGateTest, EndsWhileAUrlHangs) {
  std::promise<void> ended;
  auto hanging = std::make_unique<httplib::Server>();
  std::promise<void> came;
  hanging->Get("/jwks", [&](const httplib::Request&, httplib::Response&) {
    came.set_value();
    ended.get_future().wait();
  });
  const auto port = hanging->bind_to_any_port("127.0.0.1");
  std::thread thread([&] { hanging->listen_after_bind(); });
  {
    const auto gate = open(config({.url = "http://127.0.0.1:" + std::to_string(port) + "/jwks"}));
    came.get_future().wait();
  }
  ended.set_value();
  hanging->stop();
  thread.join();
}

TEST_F(TokenGateTest, ManyThreadsCheckWhileKeysChange) {
  const auto gate = open(config({.file = folder_.write("keys.json", key_set_of({old_}))}));
  const auto good = token(old_);
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (!stop) EXPECT_EQ(reason(gate->check(good)), "taken");
    });
  }
  told_.next();
  for (int i = 0; i < 20; ++i) {
    folder_.write("keys.json",
                  key_set_of(i % 2 == 0 ? std::vector{old_, new_} : std::vector{old_}));
    gate->read_again();
    told_.next();
  }
  stop = true;
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace lianmeng::identity
