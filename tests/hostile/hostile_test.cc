// Whatever is sent, the answer is a success or a refusal in words, and the server goes on.
//
//   hostile_test --seed=7 --rounds=200        a failure prints its seed
#include <fmt/format.h>
#include <fmt/ranges.h>
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
#include "hostile/fields.h"
#include "hostile/requests.h"
#include "hostile/violations.h"
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

// Refused before anything that is there is looked at: by the bytes, the fields, the request's id,
// or who calls. What gRPC refuses by itself has no reason.
const std::set<std::string> kAtTheDoor{"",
                                       "INVALID_FIELD",
                                       "REQUEST_ID_EXPIRED",
                                       "ACTOR_MISSING",
                                       "ACTOR_MALFORMED",
                                       "PERMISSION_DENIED",
                                       "OPERATOR_ONLY",
                                       "COUNTY_UNKNOWN"};
// Of these the fields must fit each other (a rule's template and its trigger, a calendar's days and
// its year), which drawn ones do not: INVALID_FIELD says that too.
const std::set<std::string> kSeldomDecided{"SetRule", "SetCalendarYear"};
// A command that has not come past the door is asked for so many times as often.
constexpr int kMoreRounds = 20;

struct Told {
  std::string reason;
  std::vector<std::string> fields;
  std::map<std::string, std::string> texts;  // By language.
};

Told told_by(const grpc::Status& status) {
  Told told;
  google::rpc::Status details;
  details.ParseFromString(status.error_details());
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad;
  google::rpc::LocalizedMessage text;
  for (const auto& detail : details.details()) {
    if (detail.UnpackTo(&info)) told.reason = info.reason();
    if (detail.UnpackTo(&text)) told.texts[text.locale()] = text.message();
    if (!detail.UnpackTo(&bad)) continue;
    for (const auto& violation : bad.field_violations()) told.fields.push_back(violation.field());
  }
  return told;
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
      for (int i = 0; i < 3; ++i) world_.demands.push_back(submit(client, county));
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

  // A new demand's id.
  static std::string submit(load::Client& client, const load::County& county) {
    dispatch::v1::SubmitDemandRequest demand;
    demand.set_county(county.id);
    demand.set_title("气调库缺配套设施");
    demand.set_kind(dispatch::v1::DEMAND_KIND_FUNDS);
    return load::ask<dispatch::v1::SubmitDemandResponse>(client, {.actor = county.cadre}, demand)
        .demand()
        .demand_id();
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

  enum class Stream { kUntilItOpens, kUntilItEnds };
  static grpc::Status call(const MethodDescriptor& method, const std::string& bytes,
                           const std::string& actor, std::string* answer = nullptr,
                           Stream stream = Stream::kUntilItOpens) {
    auto status = send(method, bytes, actor, answer, stream);
    expect_fields_that_were_sent(method, bytes, status);
    return status;
  }

  // Whatever field a refusal names is one of the request.
  static void expect_fields_that_were_sent(const MethodDescriptor& method, const std::string& bytes,
                                           const grpc::Status& status) {
    if (status.ok()) return;
    const auto request = Requests::none(*method.input_type());
    if (!request->ParsePartialFromString(bytes)) return;  // It was no message.
    for (const auto& field : told_by(status).fields) {
      ++fields_named_;
      EXPECT_TRUE(names_a_field(*request, field))
          << method.full_name() << " names " << field << ": " << status.error_message();
    }
  }

  static grpc::Status send(const MethodDescriptor& method, const std::string& bytes,
                           const std::string& actor, std::string* answer, Stream stream) {
    grpc::GenericStub stub(channel_);
    const auto path = "/" + method.service()->full_name() + "/" + method.name();
    const grpc::Slice slice(bytes);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    if (!actor.empty()) context.AddMetadata("lianmeng-actor", actor);
    if (method.server_streaming()) {
      return call_stream(stub, context, path, request, stream == Stream::kUntilItOpens);
    }
    grpc::ByteBuffer response;
    std::promise<grpc::Status> done;
    stub.UnaryCall(&context, path, grpc::StubOptions(), &request, &response,
                   [&](grpc::Status status) { done.set_value(std::move(status)); });
    auto status = done.get_future().get();
    std::vector<grpc::Slice> slices;
    if (answer != nullptr && status.ok() && response.Dump(&slices).ok()) {
      for (const auto& one : slices) {
        answer->append(reinterpret_cast<const char*>(one.begin()), one.size());
      }
    }
    return status;
  }

  // Until the stream is open, or refused; otherwise until it is refused.
  static grpc::Status call_stream(grpc::GenericStub& stub, grpc::ClientContext& context,
                                  const std::string& path, const grpc::ByteBuffer& request,
                                  bool until_it_opens) {
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
    if (until_it_opens) context.TryCancel();
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
  static int fields_named_;
};

std::filesystem::path Hostile::folder_;
std::unique_ptr<load::Server> Hostile::server_;
std::shared_ptr<grpc::Channel> Hostile::channel_;
std::vector<load::County> Hostile::counties_;
World Hostile::world_;
int Hostile::fields_named_ = 0;

TEST(Fields, AreWhatWasSent) {
  dispatch::v1::SetLimitsRequest limits;
  limits.add_settings()->mutable_limit()->set_amount(1);
  dispatch::v1::SetCalendarYearRequest year;
  year.mutable_calendar()->add_days();
  for (const auto* path : {"settings", "settings[0]", "settings[0].limit", "settings[0].limit.unit",
                           "county", "effective_time", "effective_time.seconds"}) {
    EXPECT_TRUE(names_a_field(limits, path)) << path;
  }
  for (const auto* path : {"", ".", "limits", "settings.limits[0]", "settings.limit", "settings[1]",
                           "settings[-1]", "settings[0", "settings[", "settings[]", "settings[x]",
                           "settings[0].", "county[0]", "county.id"}) {
    EXPECT_FALSE(names_a_field(limits, path)) << path;
  }
  EXPECT_TRUE(names_a_field(year, "calendar.days[0].date"));
  EXPECT_FALSE(names_a_field(year, "calendar.days_off[0]"));
  EXPECT_FALSE(names_a_field(year, "calendar.days[1]"));
}

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
      std::map<std::string, int> at_the_door;  // By reason.
      bool came_past = !is_command(method) || kSeldomDecided.contains(method.name());
      for (int round = 0; round < g_rounds || (!came_past && round < kMoreRounds * g_rounds);
           ++round) {
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
        const auto reason = told_by(status).reason;
        if (status.ok() || !kAtTheDoor.contains(reason)) {
          came_past = true;
        } else {
          ++at_the_door[reason];
        }
      }
      EXPECT_TRUE(came_past) << fmt::format("--seed={}: {} was decided in none of {} calls: {}",
                                            g_seed, method.full_name(), kMoreRounds * g_rounds,
                                            fmt::join(at_the_door, ", "));
    }
    // Neither is all refused at the door nor all let in.
    EXPECT_GT(accepted, 0) << service->full_name();
    EXPECT_GT(refused, 0) << service->full_name();
  }
  EXPECT_GT(fields_named_, g_rounds);
}

TEST_F(Hostile, TheLargestOfEveryCommandFitsIntoARecord) {
  Requests requests(world_, g_seed);
  load::Client client(server_->address(), 1);
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
      // One of its own, since another command may have ended it.
      if (const auto* demand = method.input_type()->FindFieldByName("demand_id")) {
        reflection.SetString(request.get(), demand, submit(client, counties_[0]));
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

// Commands, queries, lists, counts and streams alike: each field, a little beyond each of its
// bounds, and the answer names the field, the limit and what was given in both languages.
TEST_F(Hostile, EachFieldBeyondItsLimitIsNamedWithTheLimitAndWhatWasGiven) {
  int methods = 0;
  int fields = 0;
  for (const auto* service : services()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const auto& method = *service->method(i);
      // Of a batch each command is checked as by itself.
      if (method.name() == "ExecuteCommands" || method.input_type()->field_count() == 0) continue;
      ++methods;
      for (const auto& one : violations_of(*method.input_type(), counties_[0].id)) {
        ++fields;
        const auto what = fmt::format("{}, {}", method.full_name(), one.field);
        const auto status =
            call(method, one.request->SerializeAsString(), "person:" + counties_[0].id + "-p1",
                 nullptr, Stream::kUntilItEnds);
        ASSERT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << what;
        auto told = told_by(status);
        EXPECT_EQ(told.reason, "INVALID_FIELD") << what;
        EXPECT_THAT(told.fields, ::testing::ElementsAre(one.field)) << what;
        EXPECT_THAT(told.texts["zh-CN"], ::testing::HasSubstr(one.field)) << what;
        EXPECT_THAT(told.texts["en"], ::testing::HasSubstr(one.field)) << what;
        for (const auto& words : one.zh) {
          EXPECT_THAT(told.texts["zh-CN"], ::testing::HasSubstr(words)) << what;
        }
        for (const auto& words : one.en) {
          EXPECT_THAT(told.texts["en"], ::testing::HasSubstr(words)) << what;
        }
      }
    }
  }
  std::cout << fields << " limits of " << methods << " methods\n";
  EXPECT_GT(methods, 70);
  EXPECT_GT(fields, 10 * methods);
}

TEST_F(Hostile, ABatchIsOneToAThousandCommands) {
  for (const auto* service : services()) {
    const auto* method = service->FindMethodByName("ExecuteCommands");
    if (method == nullptr) continue;
    for (const int count : {0, 1'001}) {
      Requests requests(world_, g_seed);
      const auto* commands = method->input_type()->FindFieldByName("commands");
      auto request = requests.none(*method->input_type());
      for (int i = 0; i < count; ++i) {
        request->GetReflection()->AddMessage(request.get(), commands);
      }
      auto told =
          told_by(call(*method, request->SerializeAsString(), "person:" + counties_[0].id + "-p1"));
      EXPECT_THAT(told.fields, ::testing::ElementsAre("commands")) << method->full_name();
      for (const auto* language : {"zh-CN", "en"}) {
        EXPECT_THAT(told.texts[language], ::testing::HasSubstr("1000"));
        EXPECT_THAT(told.texts[language], ::testing::HasSubstr(std::to_string(count)));
      }
    }
  }
}

// Every list is given the tokens of every other one, of itself under another filter and in another
// county, and damaged ones: it goes on where it was or says that the token is none of its own.
TEST_F(Hostile, PageTokensOfOtherListsAndDamagedOnesAreRefusedOrHarmless) {
  Requests requests(world_, g_seed);
  const auto actor = "person:" + counties_[0].id + "-p1";
  struct List {
    const MethodDescriptor* method;
    std::string token;
  };
  std::vector<List> lists;
  const auto ask = [&](const MethodDescriptor& method, const std::string& county,
                       const std::string& token, std::string* bytes) {
    auto request = requests.none(*method.input_type());
    const auto& reflection = *request->GetReflection();
    const auto set = [&](const char* name, const std::string& value) {
      if (const auto* field = method.input_type()->FindFieldByName(name)) {
        reflection.SetString(request.get(), field, value);
      }
    };
    set("county", county);
    set("page_token", token);
    set("subject", "organisations/o1");
    set("demand_id", world_.demands[0]);
    reflection.SetInt32(request.get(), method.input_type()->FindFieldByName("page_size"), 1);
    return call(method, request->SerializeAsString(), actor, bytes);
  };
  for (const auto* service : services()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const auto& method = *service->method(i);
      if (method.input_type()->FindFieldByName("page_token") == nullptr) continue;
      std::string bytes;
      const auto status = ask(method, counties_[0].id, "", &bytes);
      ASSERT_TRUE(status.ok()) << method.full_name() << ": " << status.error_message();
      auto answer = requests.none(*method.output_type());
      ASSERT_TRUE(answer->ParseFromString(bytes));
      lists.push_back(
          {&method, answer->GetReflection()->GetString(
                        *answer, method.output_type()->FindFieldByName("next_page_token"))});
    }
  }
  EXPECT_GT(lists.size(), 15U);
  std::set<std::string> tokens{"0",    "1", "-1",   "18446744073709551616",
                               "0.0.", ".", "AAAA", "0.AAAA"};
  for (const auto& list : lists) {
    if (list.token.empty()) continue;
    tokens.insert({list.token, list.token + list.token, list.token.substr(1),
                   list.token.substr(0, list.token.size() / 2)});
    for (std::size_t at = 0; at < list.token.size(); at += 5) {
      auto damaged = list.token;
      damaged[at] = damaged[at] == 'A' ? 'B' : 'A';
      tokens.insert(damaged);
    }
  }
  EXPECT_GT(tokens.size(), 50U);
  int refused = 0;
  for (const auto& list : lists) {
    for (const auto& token : tokens) {
      for (const auto& county : {counties_[0].id, counties_[1].id}) {
        const auto what = list.method->full_name() + " with " + token;
        const auto status = ask(*list.method, county, token, nullptr);
        expect_clean(status, what);
        if (status.ok() || county != counties_[0].id) continue;
        EXPECT_EQ(told_by(status).reason, "PAGE_TOKEN_MALFORMED") << what;
        EXPECT_THAT(told_by(status).fields, ::testing::ElementsAre("page_token")) << what;
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 500);
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
