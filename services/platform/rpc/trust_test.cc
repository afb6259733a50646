// Who is believed: TLS, certificates of pods and signed tokens, with a real server and real files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "lianmeng/platform/v1/platform_service.grpc.pb.h"
#include "platform/identity/testing/authority.h"
#include "platform/identity/testing/tokens.h"
#include "platform/identity/token_gate.h"
#include "platform/rpc/platform_service.h"
#include "platform/rpc/testdata/notes.h"
#include "platform/rpc/tls.h"

namespace lianmeng::rpc {
namespace {

using namespace testing;  // NOLINT: of this folder's tests alone.
using identity::Issued;
using identity::TestAuthority;
using ::testing::HasSubstr;

constexpr auto kPatience = std::chrono::seconds(30);

// One pod: a server over TLS that takes tokens, with its files in a folder.
class TrustTest : public ::testing::Test {
 protected:
  TrustTest() : state_(nothing_) {
    state_.put("notes/1", "hello");
    install(authority_.issue({"DNS:notes-0.notes", "DNS:localhost", "IP:127.0.0.1"}));
    folder_.write("ca.crt", authority_.certificate());
    folder_.write("keys.json", identity::key_set_of({key_}));
    tls_ = {.certificate_file = folder_ / "tls.crt",
            .key_file = folder_ / "tls.key",
            .ca_file = folder_ / "ca.crt",
            .look = Duration(1)};
    auto gate = identity::TokenGate::open({.rules = {.issuer = "https://id.test",
                                                     .audience = "lianmeng",
                                                     .leeway = Duration(0),
                                                     .operators = {"root"}},
                                           .keys = {.file = folder_ / "keys.json"},
                                           .file_look = Duration(5)},
                                          clock_, [](bool, const std::string&) {});
    EXPECT_TRUE(gate) << gate.error().message_en;
    gate_ = std::move(*gate);
  }
  ~TrustTest() override {
    if (server_) server_->stop();
  }

  void install(const Issued& issued) {
    // One after the other, as most do it.
    folder_.write("tls.key", issued.key);
    folder_.write("tls.crt", issued.certificate);
  }

  Result<int> start(const std::string& listen = "127.0.0.1:0") {
    environment_ =
        std::make_unique<Environment>(host_, clock_, metrics_, std::nullopt, relay_.get(),
                                      Trust{.tokens = gate_.get(), .peers = peers_});
    auto started = GrpcServer::start(
        {.listen = listen, .certificates = certificates(), .stop_max = Duration(2000)},
        *environment_,
        {{v1::NoteService::service_full_name(), std::make_shared<NoteService>(*environment_)},
         make_platform_service(*environment_, {.info = [] { return ServerInfo{}; },
                                               .drain = [this](bool) { ++drained_; },
                                               .stop = [] {}})});
    if (!started) return fail(std::move(started).error());
    server_ = std::move(*started);
    return server_->port();
  }

  // In the clear where no certificate is configured.
  std::shared_ptr<Certificates> certificates() {
    if (!tls_.on()) return nullptr;
    auto opened = Certificates::open(tls_, clock_, [this](bool warning, const std::string& text) {
      told_.put((warning ? "warning: " : "") + text);
    });
    EXPECT_TRUE(opened) << opened.error().message_en;
    return opened ? *opened : nullptr;
  }

  // A connection of its own, so that it shakes hands anew.
  std::shared_ptr<grpc::Channel> connect(const std::string& ca, const Issued& own = {}) const {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = ca;
    options.pem_cert_chain = own.certificate;
    options.pem_private_key = own.key;
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(server_->port()),
                                     grpc::SslCredentials(options), arguments);
  }
  std::shared_ptr<grpc::Channel> connect() const { return connect(authority_.certificate()); }

  std::string token(const std::string& subject) {
    return sign(key_, identity::test_claims(subject, clock_.now()));
  }
  static void carry(grpc::ClientContext& context, const std::string& token) {
    context.AddMetadata("authorization", "Bearer " + token);
  }

  using Prepare = std::function<void(grpc::ClientContext&)>;

  std::future<Answer<v1::AddNoteResponse>> add(std::shared_ptr<grpc::Channel> channel,
                                               Prepare prepare) {
    return std::async(std::launch::async, [channel, prepare] {
      v1::AddNoteRequest request;
      request.set_county("610524");
      request.set_text("hello");
      grpc::ClientContext context;
      context.set_deadline(std::chrono::system_clock::now() + kPatience);
      prepare(context);
      Answer<v1::AddNoteResponse> answer;
      answer.status =
          v1::NoteService::NewStub(channel)->AddNote(&context, request, &answer.response);
      return answer;
    });
  }
  // Of a call that is refused at the edge.
  std::string refusal(const Prepare& prepare) {
    const auto answer = add(connect(), prepare).get();
    EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::UNAUTHENTICATED)
        << answer.status.error_message();
    EXPECT_TRUE(host_.commands.empty());
    return answer.reason();
  }
  // Who acted, when it was taken.
  std::string actor(const Prepare& prepare) {
    auto answer = add(connect(), prepare);
    const auto command = host_.commands.take();
    runtime::Accepted accepted;
    accepted.place = {"notes", 7, 901};
    accepted.subject = "notes/1";
    command.done({accepted, &state_});
    EXPECT_TRUE(answer.get().status.ok());
    return to_string(command.actor);
  }

  grpc::Status get_info(std::shared_ptr<grpc::Channel> channel, const Prepare& prepare = {}) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kPatience);
    if (prepare) prepare(context);
    platform::v1::GetInfoResponse response;
    return platform::v1::PlatformService::NewStub(channel)->GetInfo(&context, {}, &response);
  }
  static grpc::Status ping(std::shared_ptr<grpc::Channel> channel,
                           std::chrono::milliseconds patience = kPatience) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + patience);
    platform::v1::PingResponse response;
    return platform::v1::PlatformService::NewStub(channel)->Ping(&context, {}, &response);
  }
  // Until what the server shows or takes has changed, a connection each time.
  static void await(const std::function<bool()>& holds) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!holds()) ASSERT_LT(std::chrono::steady_clock::now(), until) << "not within 30 s";
  }

  SystemClock clock_;
  obs::Metrics metrics_;
  FakeHost host_;
  state::EmptyView nothing_;
  state::Layer state_;
  identity::TestFolder folder_;
  const TestAuthority authority_{"Lianmeng test"};
  const identity::Key key_ = identity::make_key(identity::Algorithm::kEs256);
  TlsConfig tls_;
  std::vector<std::string> peers_{"notes-1.notes"};
  std::unique_ptr<identity::TokenGate> gate_;
  std::unique_ptr<Relay> relay_;
  std::unique_ptr<Environment> environment_;
  std::unique_ptr<GrpcServer> server_;
  std::atomic<int> drained_{0};
  Mailbox<std::string> told_;
};

TEST_F(TrustTest, TheTokenSaysWhoActs) {
  ASSERT_TRUE(start());
  EXPECT_EQ(actor([&](auto& context) { carry(context, token("person:610524-p3")); }),
            "person:610524-p3");
  EXPECT_EQ(actor([&](auto& context) {
              context.AddMetadata("authorization", "bearer " + token("county-system:tax"));
              context.AddMetadata("lianmeng-actor", "county-system:tax;for=610524-p4");
            }),
            "county-system:tax;for=610524-p4");
}

TEST_F(TrustTest, WithoutATokenACallIsRefusedInBothLanguages) {
  ASSERT_TRUE(start());
  const auto answer = add(connect(), [](auto& context) {
                        context.AddMetadata("lianmeng-actor", "operator:root");
                      }).get();
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(answer.reason(), "TOKEN_MISSING");
  EXPECT_EQ(
      answer.status.error_message(),
      "调用未携带令牌。请在调用元数据中写明 authorization: Bearer <令牌>。 / The call carries "
      "no token. Put one into the metadata, as authorization: Bearer <token>.");
}

TEST_F(TrustTest, ABadTokenIsRefusedWithItsReason) {
  ASSERT_TRUE(start());
  EXPECT_EQ(refusal([](auto& context) { carry(context, "abc"); }), "TOKEN_MALFORMED");
  EXPECT_EQ(refusal([](auto& context) { context.AddMetadata("authorization", "Basic YTpi"); }),
            "TOKEN_MISSING");
  EXPECT_EQ(refusal([&](auto& context) {
              auto old = identity::test_claims("person:p1", clock_.now());
              old["exp"] = identity::seconds_of(clock_.now()) - 1;
              carry(context, sign(key_, old));
            }),
            "TOKEN_EXPIRED");
  EXPECT_EQ(refusal([&](auto& context) { carry(context, token("operator:mallory")); }),
            "TOKEN_OPERATOR");
}

TEST_F(TrustTest, AnActorBesideTheTokenMustBeItsOwn) {
  ASSERT_TRUE(start());
  const auto with = [&](const char* actor) {
    return refusal([&, actor](auto& context) {
      carry(context, token("person:610524-p3"));
      context.AddMetadata("lianmeng-actor", actor);
    });
  };
  EXPECT_EQ(with("person:610524-p4"), "ACTOR_NOT_OF_TOKEN");
  EXPECT_EQ(with("operator:root"), "ACTOR_NOT_OF_TOKEN");
  EXPECT_EQ(with("system"), "ACTOR_MALFORMED");
}

TEST_F(TrustTest, OnlyATokenOfAnOperatorDrains) {
  ASSERT_TRUE(start());
  const auto drain = [&](const std::string& subject) {
    grpc::ClientContext context;
    carry(context, token(subject));
    platform::v1::DrainResponse response;
    return platform::v1::PlatformService::NewStub(connect())
        ->Drain(&context, {}, &response)
        .error_code();
  };
  EXPECT_EQ(drain("person:610524-p3"), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(drain("operator:mallory"), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(drained_, 0);
  EXPECT_EQ(drain("operator:root"), grpc::StatusCode::OK);
  EXPECT_EQ(drained_, 1);
}

TEST_F(TrustTest, WhatAServerTellsOfItselfIsForBearersAndPods) {
  ASSERT_TRUE(start());
  EXPECT_EQ(get_info(connect()).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_TRUE(
      get_info(connect(), [&](auto& context) { carry(context, token("person:610524-p3")); }).ok());
  const auto as = [&](const char* name) {
    return get_info(connect(authority_.certificate(), authority_.issue({name}))).ok();
  };
  EXPECT_TRUE(as("DNS:notes-1.notes"));
  EXPECT_FALSE(as("DNS:notes-9.notes"));
  EXPECT_TRUE(ping(connect()).ok());
}

// The name of a pod in a certificate that another authority signed.
TEST_F(TrustTest, ACertificateOfAnotherAuthorityIsNoPods) {
  ASSERT_TRUE(start());
  const TestAuthority other("Other");
  EXPECT_FALSE(
      get_info(connect(authority_.certificate(), other.issue({"DNS:notes-1.notes"}))).ok());
}

TEST_F(TrustTest, WhereCertificatesAreRequiredOthersDoNotConnect) {
  tls_.require_client_certificate = true;
  ASSERT_TRUE(start());
  EXPECT_EQ(ping(connect()).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(ping(connect(authority_.certificate(), authority_.issue({"DNS:anybody"}))).ok());
}

TEST_F(TrustTest, WithoutAuthoritiesNobodyIsAskedForACertificate) {
  tls_.ca_file.clear();
  ASSERT_TRUE(start());
  const auto pod = authority_.issue({"DNS:notes-1.notes"});
  EXPECT_TRUE(ping(connect(authority_.certificate(), pod)).ok());
  EXPECT_FALSE(get_info(connect(authority_.certificate(), pod)).ok());
}

TEST_F(TrustTest, WithoutTlsNobodyIsUnderstood) {
  ASSERT_TRUE(start());
  EXPECT_EQ(ping(grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()),
                                     grpc::InsecureChannelCredentials()))
                .error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TrustTest, ACertificateIsRenewedWhileItRuns) {
  ASSERT_TRUE(start());
  const auto before = connect();
  EXPECT_TRUE(ping(before).ok());
  // By another authority, so that it can be told who shows which.
  const TestAuthority next("Next");
  EXPECT_FALSE(ping(connect(next.certificate())).ok());
  install(next.issue({"IP:127.0.0.1"}));
  await([&] { return ping(connect(next.certificate())).ok(); });
  EXPECT_FALSE(ping(connect(authority_.certificate())).ok());
  EXPECT_TRUE(ping(before).ok());  // Connections that stand go on.
}

TEST_F(TrustTest, ACertificateWithoutItsKeyLeavesTheOneBeforeInForceAndIsToldOnce) {
  ASSERT_TRUE(start());
  const auto next = authority_.issue({"DNS:next", "IP:127.0.0.1"});
  folder_.write("tls.crt", next.certificate);
  await([&] { return ping(connect()).ok() && !told_.empty(); });
  const auto told = told_.take();
  EXPECT_THAT(told, HasSubstr("warning: tls.key_file"));
  EXPECT_THAT(told, HasSubstr("The certificate read before stays in force, until "));
  EXPECT_TRUE(ping(connect()).ok());
  folder_.write("tls.key", next.key);
  await([&] { return ping(connect()).ok() && !told_.empty(); });
  EXPECT_THAT(told_.take(), HasSubstr("the certificate of next is in force, until "));
}

TEST_F(TrustTest, AnAuthorityTakenOutVouchesNoLonger) {
  ASSERT_TRUE(start());
  const auto pod = authority_.issue({"DNS:notes-1.notes"});
  EXPECT_TRUE(get_info(connect(authority_.certificate(), pod)).ok());
  folder_.write("ca.crt", TestAuthority("Next").certificate());
  await([&] { return !get_info(connect(authority_.certificate(), pod)).ok(); });
}

TEST_F(TrustTest, KeysOfTokensAreRotatedWhileItRuns) {
  ASSERT_TRUE(start());
  const auto next = identity::make_key(identity::Algorithm::kRs256);
  const auto by_next = sign(next, identity::test_claims("person:610524-p3", clock_.now()));
  const auto with = [&](auto& context) { carry(context, by_next); };
  EXPECT_FALSE(get_info(connect(), with).ok());
  folder_.write("keys.json", identity::key_set_of({next}));
  await([&] { return get_info(connect(), with).ok(); });
  EXPECT_FALSE(
      get_info(connect(), [&](auto& context) { carry(context, token("person:610524-p3")); }).ok());
}

TEST_F(TrustTest, AWatchEndsWithItsToken) {
  ASSERT_TRUE(start());
  auto brief = identity::test_claims("person:610524-p3", clock_.now());
  brief["exp"] = identity::seconds_of(clock_.now()) + 2;
  grpc::ClientContext context;
  carry(context, sign(key_, brief));
  const auto stub = v1::NoteService::NewStub(connect());
  v1::WatchNotesRequest request;
  request.set_county("610524");
  const auto reader = stub->WatchNotes(&context, request);
  const auto watch = host_.begin_watch();
  auto event = std::make_shared<v1::AddNoteRequest>();
  event->set_text("hello");
  runtime::WatchedEvent watched;
  watched.event = event;
  v1::WatchNotesResponse response;
  while (watch.on_event(watched)) EXPECT_TRUE(reader->Read(&response));
  while (reader->Read(&response)) {
  }
  const auto status = reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_THAT(status.error_message(), HasSubstr("The token expired at"));
}

TEST_F(TrustTest, ThatACallWasHandedOnIsBelievedOfPodsAlone) {
  ASSERT_TRUE(start());
  const auto hops = [&](const Issued& own) {
    auto answer = add(connect(authority_.certificate(), own), [&](auto& context) {
      carry(context, token("person:610524-p3"));
      context.AddMetadata("lianmeng-hops", "2");
    });
    const auto command = host_.commands.take();
    command.done({make_error(ErrorKind::kResourceExhausted, "BUSY", "the queue is full"), nullptr});
    EXPECT_FALSE(answer.get().status.ok());
    return command.hops;
  };
  EXPECT_EQ(hops({}), 0);
  EXPECT_EQ(hops(authority_.issue({"DNS:somebody.else"})), 0);
  EXPECT_EQ(hops(authority_.issue({"DNS:notes-1.notes"})), 2);
}

// The first pod has nothing of the county; the second is asked over TLS, with the caller's token.
TEST_F(TrustTest, ACallThatGoesOnIsProvedAgainByItsOwnToken) {
  peers_ = {"notes-0.notes"};
  const auto port = start("localhost:0");
  ASSERT_TRUE(port) << port.error().message_en;
  FakeHost none;
  Relay relay({.peers = {{"notes-0", "localhost:" + std::to_string(*port)}},
               .credentials = channel_credentials(tls_)},
              clock_, metrics_);
  Environment environment(none, clock_, metrics_, std::nullopt, &relay,
                          Trust{.tokens = gate_.get()});
  const runtime::Elsewhere elsewhere{.hosts = {"notes-0"}, .hosted_here = false};
  none.others = &elsewhere;
  auto first = GrpcServer::start(
      {.listen = "127.0.0.1:0", .certificates = certificates(), .stop_max = Duration(2000)},
      environment,
      {{v1::NoteService::service_full_name(), std::make_shared<NoteService>(environment)}});
  ASSERT_TRUE(first) << first.error().message_en;
  await(
      [&] { return metrics_.text().find("lianmeng_rpc_peers_connected 1") != std::string::npos; });
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = authority_.certificate();
  auto answer = add(grpc::CreateChannel("127.0.0.1:" + std::to_string((*first)->port()),
                                        grpc::SslCredentials(options)),
                    [&](auto& context) { carry(context, token("person:610524-p3")); });
  const auto command = host_.commands.take();
  EXPECT_EQ(to_string(command.actor), "person:610524-p3");
  EXPECT_EQ(command.hops, 1);
  runtime::Accepted accepted;
  accepted.place = {"notes", 7, 901};
  accepted.subject = "notes/1";
  command.done({accepted, &state_});
  EXPECT_TRUE(answer.get().status.ok());
  relay.stop();
  (*first)->stop();
}

// At an address that no machine has (RFC 5737), so that nobody hears it: it comes as far as asking
// the system for it.
TEST_F(TrustTest, BeyondLoopbackItListensWithBothTlsAndTokensOnly) {
  EXPECT_EQ(start("192.0.2.1:0").error().reason, "LISTEN_FAILED");
  const auto tls = std::exchange(tls_, {});
  EXPECT_EQ(start("192.0.2.1:0").error().reason, "LISTEN_NOT_LOOPBACK");
  tls_ = tls;
  gate_ = nullptr;
  const auto refused = start("192.0.2.1:0");
  EXPECT_EQ(refused.error().reason, "LISTEN_NOT_LOOPBACK");
  EXPECT_THAT(refused.error().message_en, HasSubstr("Set tls.certificate_file, tls.key_file and"));
}

class CertificatesTest : public TrustTest {
 protected:
  std::string wrong() {
    const auto opened = Certificates::open(tls_, clock_, [](bool, const std::string&) {});
    return opened ? "good" : opened.error().reason + ": " + opened.error().message_en;
  }
};

TEST_F(CertificatesTest, TellsNamesAndEndOfTheCertificate) {
  const auto now = clock_.now();
  const auto facts = certificates()->current();
  EXPECT_EQ(facts->names, (std::vector<std::string>{"notes-0.notes", "localhost"}));
  EXPECT_GT(facts->expires, now + std::chrono::hours(23));
  EXPECT_LT(facts->expires, now + std::chrono::hours(25));
}

TEST_F(CertificatesTest, SaysWhichFileIsWrongAndWhatToDo) {
  const auto good = tls_;
  tls_.key_file.clear();
  EXPECT_THAT(wrong(), HasSubstr("TLS_INCOMPLETE: tls.certificate_file and tls.key_file belong"));
  tls_ = good;
  tls_.ca_file.clear();
  tls_.require_client_certificate = true;
  EXPECT_THAT(wrong(), HasSubstr("TLS_INCOMPLETE: tls.require_client_certificate needs"));
  tls_ = good;
  tls_.certificate_file = folder_ / "none.crt";
  EXPECT_THAT(wrong(), HasSubstr("none.crt cannot be read: No such file"));
  tls_ = good;
  tls_.ca_file = folder_.write("empty.crt", "");
  EXPECT_THAT(wrong(), HasSubstr("empty.crt holds no certificate in PEM"));
  tls_ = good;
  tls_.key_file = folder_.write("other.key", authority_.issue({"DNS:other"}).key);
  EXPECT_THAT(wrong(), HasSubstr("TLS_KEY_OTHER: tls.key_file"));
  tls_ = good;
  std::filesystem::permissions(tls_.key_file, std::filesystem::perms(0604));
  EXPECT_THAT(wrong(), HasSubstr("may be read by others (mode 0604); run chmod 600 on it"));
  install(authority_.issue({"DNS:old"}, 0));
  EXPECT_THAT(wrong(), HasSubstr("TLS_EXPIRED: the certificate"));
}

}  // namespace
}  // namespace lianmeng::rpc
