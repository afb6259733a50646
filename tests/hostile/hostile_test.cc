// Whatever is sent, the answer is a success or a refusal in words, and the server goes on.
//
//   hostile_test --seed=7 --rounds=200        a failure prints its seed
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <charconv>
#include <fstream>
#include <future>
#include <map>
#include <set>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "hostile/requests.h"
#include "lianmeng/dispatch/v1/dispatch_service.pb.h"
#include "lianmeng/membership/v1/membership_service.pb.h"
#include "lianmeng/notification/v1/notification_service.pb.h"
#include "lianmeng/platform/v1/platform_service.pb.h"
#include "load/client.h"
#include "load/counties.h"
#include "load/process.h"

namespace lianmeng::hostile {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

std::uint64_t g_seed = 1;
int g_rounds = 20;

// A record holds so many bytes; what an event adds to its request (names, clocks, a demand in
// short) stays far below the rest.
constexpr std::size_t kEventBytesMax = 256 * 1024;
constexpr std::size_t kAddedBytesMax = 32 * 1024;

// Every service whose protos this program has; a new one is linked and named here, and forgetting
// that fails EveryServiceIsTested.
const std::vector<const ServiceDescriptor*>& services() {
  static const std::vector<const ServiceDescriptor*> kAll{
      dispatch::v1::SubmitDemandRequest::descriptor()->file()->service(0),
      membership::v1::CreateCountyRequest::descriptor()->file()->service(0),
      notification::v1::SetRuleRequest::descriptor()->file()->service(0),
      platform::v1::PingRequest::descriptor()->file()->service(0)};
  return kAll;
}

bool is_command(const MethodDescriptor& method) {
  return method.input_type()->FindFieldByName("request_id") != nullptr;
}

constexpr const char* kOperator = "operator:root";

bool ends_service(const MethodDescriptor& method) {
  return method.name() == "Stop" || method.name() == "Drain";
}

class Hostile : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string name = (std::filesystem::temp_directory_path() / "hostile-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    start();
    load::Client client(server_->address(), 1);
    ASSERT_TRUE(client.connect(std::chrono::seconds(30)));
    for (const auto& county : load::create_counties(client, 2)) {
      counties_.push_back(county);
      world_.counties.push_back(county.id);
      dispatch::v1::SubmitDemandRequest demand;
      demand.set_county(county.id);
      demand.set_title("气调库缺配套设施");
      demand.set_kind(dispatch::v1::DEMAND_KIND_FUNDS);
      for (int i = 0; i < 3; ++i) {
        world_.demands.push_back(
            load::ask<dispatch::v1::SubmitDemandResponse>(client, {.actor = county.cadre}, demand)
                .demand()
                .demand_id());
      }
      for (const char* id : {"-p1", "-p2", "-p3", "-p9"}) world_.ids.push_back(county.id + id);
    }
    for (const char* id : {"o1", "o2", "o3", "g1", "t1", "t3", "m1", "x99"}) {
      world_.ids.push_back(id);
    }
    world_.demands.push_back("230628-999");
    world_.keys = {"routed.offered", "submitted.urgent", "own.rule", "r1"};
  }
  static void TearDownTestSuite() {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  static void start() {
    load::ServerOptions options;
    options.binary = LIANMENG_BINARY;
    options.data = folder_ / "data";
    options.rpc_port = load::free_port();
    options.ops_port = load::free_port();
    options.output = folder_ / "log";
    server_ = std::make_unique<load::Server>(options);
    server_->await_ready(std::chrono::seconds(60));
    channel_ = grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
  }

  static grpc::Status call(const MethodDescriptor& method, const std::string& bytes,
                           const std::string& actor) {
    grpc::GenericStub stub(channel_);
    const auto path = "/" + method.service()->full_name() + "/" + method.name();
    const grpc::Slice slice(bytes);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    if (!actor.empty()) context.AddMetadata("lianmeng-actor", actor);
    if (method.server_streaming()) return call_stream(stub, context, path, request);
    grpc::ByteBuffer response;
    std::promise<grpc::Status> done;
    stub.UnaryCall(&context, path, grpc::StubOptions(), &request, &response,
                   [&](grpc::Status status) { done.set_value(std::move(status)); });
    return done.get_future().get();
  }

  // Until the stream is open, or refused.
  static grpc::Status call_stream(grpc::GenericStub& stub, grpc::ClientContext& context,
                                  const std::string& path, const grpc::ByteBuffer& request) {
    grpc::CompletionQueue queue;
    auto stream = stub.PrepareCall(&context, path, &queue);
    void* tag = nullptr;
    bool ok = false;
    const auto next = [&] { return queue.Next(&tag, &ok) && ok; };
    stream->StartCall(nullptr);
    if (next()) {
      stream->WriteLast(request, grpc::WriteOptions(), nullptr);
      next();
      stream->ReadInitialMetadata(nullptr);
      next();
    }
    // One that was refused has ended by now and keeps its status.
    context.TryCancel();
    grpc::Status status;
    stream->Finish(&status, nullptr);
    next();
    queue.Shutdown();
    while (queue.Next(&tag, &ok)) {
    }
    return status.error_code() == grpc::StatusCode::CANCELLED ? grpc::Status::OK : status;
  }

  // In words, in both languages, and never of those codes that say the server is at a loss.
  static void expect_clean(const grpc::Status& status, const std::string& what) {
    if (status.ok()) return;
    using enum grpc::StatusCode;
    const auto code = status.error_code();
    for (const auto broken :
         {UNKNOWN, INTERNAL, UNIMPLEMENTED, DATA_LOSS, UNAVAILABLE, ABORTED, DEADLINE_EXCEEDED}) {
      ASSERT_NE(code, broken) << what << ": " << status.error_message();
    }
    // gRPC itself refuses what is longer than a call may be.
    if (code == RESOURCE_EXHAUSTED && status.error_details().empty()) return;
    google::rpc::Status details;
    google::rpc::ErrorInfo info;
    ASSERT_TRUE(details.ParseFromString(status.error_details())) << what;
    ASSERT_GT(details.details_size(), 0) << what << ": " << status.error_message();
    ASSERT_TRUE(details.details(0).UnpackTo(&info)) << what;
    EXPECT_FALSE(info.reason().empty()) << what;
    std::set<std::string> languages;
    for (const auto& detail : details.details()) {
      google::rpc::LocalizedMessage text;
      if (detail.UnpackTo(&text) && !text.message().empty()) languages.insert(text.locale());
    }
    EXPECT_EQ(languages, (std::set<std::string>{"en", "zh-CN"}))
        << what << ": " << info.reason() << ": " << status.error_message();
    EXPECT_NE(info.reason(), "EVENT_TOO_LARGE") << what;
  }

  static std::vector<std::string> actors() {
    const auto& county = counties_[0];
    return {"person:" + county.id + "-p1",
            county.coordinator,
            county.cadre,
            counties_[1].cadre,
            kOperator,
            "county-system:tax",
            "person:" + county.id + "-p1;for=" + county.id + "-p3",
            "person:nobody",
            "person:610524-p1;for=;for=;;",
            ""};
  }

  static std::filesystem::path folder_;
  static std::unique_ptr<load::Server> server_;
  static std::shared_ptr<grpc::Channel> channel_;
  static std::vector<load::County> counties_;
  static World world_;
};

std::filesystem::path Hostile::folder_;
std::unique_ptr<load::Server> Hostile::server_;
std::shared_ptr<grpc::Channel> Hostile::channel_;
std::vector<load::County> Hostile::counties_;
World Hostile::world_;

TEST_F(Hostile, EveryServiceIsTested) {
  std::set<std::string> tested;
  for (const auto* service : services()) tested.insert(service->full_name());
  platform::v1::GetInfoResponse info;
  load::Client client(server_->address(), 1);
  ASSERT_TRUE(client.connect(std::chrono::seconds(30)));
  info = load::ask<platform::v1::GetInfoResponse>(client, {}, platform::v1::GetInfoRequest());
  ASSERT_GT(info.services_size(), 0);
  for (const auto& service : info.services()) {
    EXPECT_TRUE(tested.contains(service.name())) << service.name() << " is served and not tested";
  }
}

TEST_F(Hostile, NothingButSuccessesAndRefusals) {
  google::protobuf::SetLogHandler(nullptr);  // Texts that are no UTF-8 are sent on purpose.
  Requests requests(world_, g_seed);
  const auto all = actors();
  for (const auto* service : services()) {
    int accepted = 0;
    int refused = 0;
    for (int i = 0; i < service->method_count(); ++i) {
      const auto& method = *service->method(i);
      for (int round = 0; round < g_rounds; ++round) {
        const auto request = requests.any(*method.input_type());
        auto bytes = request->SerializePartialAsString();
        if (requests.one_in(30) && !bytes.empty()) {  // Not even a message.
          bytes[requests.below(bytes.size())] = static_cast<char>(requests.below(256));
        }
        // Half by somebody who may do much.
        const auto& somebody = requests.one_in(2) ? all[requests.below(3)] : requests.pick(all);
        // The operator may end it all; everybody else must be refused.
        const auto& actor = ends_service(method) && somebody == kOperator ? all[0] : somebody;
        const auto status = call(method, bytes, actor);
        const auto what = fmt::format("--seed={}: {} in round {} by {}", g_seed, method.full_name(),
                                      round, actor);
        expect_clean(status, what);
        if (HasFatalFailure()) return;
        ASSERT_TRUE(server_->running()) << what;
        ++(status.ok() ? accepted : refused);
      }
    }
    // Neither is all refused at the door nor all let in.
    EXPECT_GT(accepted, 0) << service->full_name();
    EXPECT_GT(refused, 0) << service->full_name();
  }
}

TEST_F(Hostile, TheLargestOfEveryCommandFitsIntoARecord) {
  Requests requests(world_, g_seed);
  std::map<std::string, int> outcomes;
  int commands = 0;
  for (const auto* service : services()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const auto& method = *service->method(i);
      if (!is_command(method)) continue;
      ++commands;
      auto request = requests.largest(*method.input_type());
      const auto& reflection = *request->GetReflection();
      reflection.SetString(request.get(), method.input_type()->FindFieldByName("county"),
                           counties_[0].id);
      if (const auto* demand = method.input_type()->FindFieldByName("demand_id")) {
        reflection.SetString(request.get(), demand, world_.demands[0]);  // Of that county.
      }
      EXPECT_LE(request->ByteSizeLong(), kEventBytesMax - kAddedBytesMax) << method.full_name();
      const auto clear = [&](const auto& which) {
        for (int k = 0; k < method.input_type()->field_count(); ++k) {
          const auto& field = *method.input_type()->field(k);
          if (which(field.name())) reflection.ClearField(request.get(), &field);
        }
      };
      // Each is another one, with what it names and, as far as it can do without, without.
      for (const bool names_others : {true, false}) {
        if (!names_others) {
          clear(
              [](const std::string& name) { return name.ends_with("_id") && name != "demand_id"; });
        }
        for (const auto& actor : actors()) {
          const auto status = call(method, request->SerializeAsString(), actor);
          expect_clean(status, method.full_name());
          if (HasFatalFailure()) return;
          if (status.ok()) ++outcomes[method.name()];
          clear([](const std::string& name) {
            return name == "request_id" || name == "external_id";
          });
        }
      }
    }
  }
  EXPECT_GT(commands, 30);
  // They go all the way.
  EXPECT_GT(outcomes["SubmitDemand"], 0);
  EXPECT_GT(outcomes["CommentDemand"], 0);
}

// A county with as many first people, posts and duties as may be: the largest event there is.
TEST_F(Hostile, TheLargestCountyIsCreated) {
  Requests requests(world_, g_seed);
  const auto made = requests.largest(*membership::v1::CreateCountyRequest::descriptor());
  auto& request = static_cast<membership::v1::CreateCountyRequest&>(*made);
  request.set_county("999901");
  request.set_code("999901");
  request.clear_request_id();
  request.clear_external_id();
  for (auto& person : *request.mutable_people()) {
    for (auto& post : *person.mutable_posts()) {
      post.clear_organisation_id();
      post.clear_from_time();
      post.clear_until_time();
      post.set_role(membership::v1::POST_ROLE_COUNTY_OFFICER);
    }
  }
  const auto* method = services()[1]->FindMethodByName("CreateCounty");
  const auto status = call(*method, request.SerializeAsString(), "operator:root");
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(Hostile, TheServerServesAfterwardsAndAfterARestart) {
  const auto submit = [&] {
    load::Client client(server_->address(), 1);
    ASSERT_TRUE(client.connect(std::chrono::seconds(30)));
    dispatch::v1::SubmitDemandRequest request;
    request.set_county(counties_[1].id);
    request.set_title("再来一件");
    request.set_kind(dispatch::v1::DEMAND_KIND_ORDINARY);
    const auto response = load::ask<dispatch::v1::SubmitDemandResponse>(
        client, {.actor = counties_[1].cadre}, request);
    EXPECT_FALSE(response.demand().demand_id().empty());
  };
  ASSERT_TRUE(server_->running());
  submit();
  ASSERT_EQ(server_->stop(std::chrono::seconds(30)), 0);
  start();
  submit();
}

}  // namespace
}  // namespace lianmeng::hostile

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const auto read = [&](std::string_view name, auto* into) {
      if (!argument.starts_with(name)) return;
      std::from_chars(argument.data() + name.size(), argument.data() + argument.size(), *into);
    };
    read("--seed=", &lianmeng::hostile::g_seed);
    read("--rounds=", &lianmeng::hostile::g_rounds);
  }
  return RUN_ALL_TESTS();
}
