#include <gmock/gmock.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "membership/rpc/testing.h"
#include "platform/seal/key_store.h"

namespace lianmeng::membership {
namespace {

using ::testing::HasSubstr;

TEST_F(Edge, NoPersonalValueReachesTheEventInPlainText) {
  const auto village = organisation("北顺村", v1::ORGANISATION_KIND_VILLAGE);
  run<v1::RegisterPersonResponse>(villager(village));
  const auto bytes = scenario_.last().SerializeAsString();
  for (const std::string value : {"张三", "13912345678", "610524199001011234", "北顺村二组"}) {
    EXPECT_EQ(bytes.find(value), std::string::npos) << value;
  }
  // One key for one person.
  EXPECT_EQ(scenario_.event<v1::PersonRegistered>().person().key_ids_size(), 1);
}

TEST_F(Edge, ARetrySealsUnderTheSameKey) {
  const auto request = villager("");
  ASSERT_TRUE(bind_(request).has_value());
  const auto before = keys_.list()->size();
  ASSERT_TRUE(bind_(request).has_value());
  EXPECT_EQ(keys_.list()->size(), before);
}

TEST_F(Edge, ValidatingMakesNoKey) {
  auto request = villager("");
  request.set_validate_only(true);
  const auto before = keys_.list()->size();
  ASSERT_TRUE(bind_(request).has_value());
  EXPECT_EQ(keys_.list()->size(), before);
}

TEST_F(Edge, ABatchMakesItsKeysTogether) {
  v1::ExecuteCommandsRequest batch;
  for (int i = 0; i < 3; ++i) {
    auto& request = *batch.add_commands()->mutable_register_person();
    request = villager("");
    request.set_request_id("batch-" + std::to_string(i));
  }
  batch.mutable_commands(2)->mutable_register_person()->set_validate_only(true);
  const auto before = keys_.list()->size();
  ASSERT_TRUE(bind_.prepare(batch));
  EXPECT_EQ(keys_.list()->size(), before + 2);
  ASSERT_TRUE(bind_(batch.commands(0).register_person()));
  EXPECT_EQ(keys_.list()->size(), before + 2);
}

// A key store whose disk has failed.
class FailingKeys final : public seal::KeyStore {
 public:
  Result<std::vector<std::string>> get_or_create_all(std::span<const std::string>) override {
    return fail(why);
  }
  Result<std::optional<std::string>> find(std::string_view) override { return fail(why); }
  Result<seal::FoundKey> get(std::string_view) override { return fail(why); }
  Status erase(std::span<const std::string>) override { return fail(why); }
  Result<std::vector<Entry>> list() override { return fail(why); }

  Error why = make_error(ErrorKind::kUnavailable, "SEAL_FILE_FAILED",
                         "/srv/lianmeng/keys/keys: cannot write: Input/output error");
};

TEST_F(Edge, AKeyStoreThatFailsIsToldInBothLanguagesAndWithoutItsPaths) {
  const auto id = run<v1::RegisterPersonResponse>(villager("")).person().person_id();
  FailingKeys keys;
  std::vector<std::string> told;
  seal::Sealer sealer(keys, seal::system_random(),
                      [&](const std::string& text) { told.push_back(text); });
  std::vector<Error> errors;

  const CommandBinder bind(sealer);
  v1::ExecuteCommandsRequest batch;
  *batch.add_commands()->mutable_register_person() = villager("");
  errors.push_back(bind.prepare(batch).error());
  errors.push_back(bind(villager("")).error());
  for (const auto& error : errors) EXPECT_THAT(error.message_zh, HasSubstr("未办理"));

  v1::RevealContactRequest request;
  request.set_county(kCounty);
  request.set_person_id(id);
  v1::RevealContactResponse response;
  const auto revealed = RevealFiller(sealer).of(request)(scenario_.view(), {}, {}, &response);
  errors.push_back(revealed.error());
  v1::GetPersonRequest get;
  get.set_county(kCounty);
  get.set_person_id(id);
  runtime::QueryContext context;
  context.view = &scenario_.view();
  context.now = scenario_.now();
  context.applied = {"membership", 7, 12};
  v1::GetPersonResponse person;
  const Actor self{Actor::Kind::kPerson, id, {}};
  errors.push_back(QueryAnswerer(sealer)(context, self, get, &person).error());

  for (const auto& error : errors) {
    EXPECT_EQ(error.kind, ErrorKind::kUnavailable);
    EXPECT_EQ(error.reason, "SEAL_FILE_FAILED");
    EXPECT_THAT(error.message_zh, HasSubstr("密钥库暂时无法使用"));
    EXPECT_THAT(error.message_zh, HasSubstr("请稍后重试"));
    EXPECT_THAT(error.message_en, HasSubstr("key store cannot be used now"));
    EXPECT_THAT(error.message_zh + error.message_en, ::testing::Not(HasSubstr("/")));
  }
  // Operators are told which file, once for sealing and once for opening.
  ASSERT_EQ(told.size(), 2u);
  for (const auto& text : told)
    EXPECT_THAT(text, HasSubstr("/srv/lianmeng/keys/keys: cannot write"));
}

TEST_F(Edge, UpdatesWhatIsGivenAlone) {
  const auto id = run<v1::RegisterPersonResponse>(villager("")).person().person_id();
  v1::UpdatePersonRequest request;
  request.set_county(kCounty);
  request.set_person_id(id);
  request.set_phone("13700001111");
  const auto person = run<v1::UpdatePersonResponse>(request).person();
  EXPECT_EQ(person.phone(), "137****1111");
  EXPECT_EQ(person.name(), "张三");
  request.set_phone("  ");
  EXPECT_EQ(bind_(request).error().reason, "INVALID_FIELD");
}

// An external id is known to the whole county, so somebody else may repeat a command with it.
TEST_F(Edge, ARepeatShowsWhatItsCallerMaySee) {
  const auto village = organisation("北顺村", v1::ORGANISATION_KIND_VILLAGE);
  const auto other = organisation("西村", v1::ORGANISATION_KIND_VILLAGE);
  const PersonId own(cadre(village));
  const PersonId stranger(cadre(other));
  const auto id = run<v1::RegisterPersonResponse>(villager(village)).person().person_id();
  const auto again = [&]<class Response>(const Actor& actor, Response response) {
    runtime::Accepted accepted;
    accepted.time = scenario_.now();
    accepted.subject = membership_fold().subject(scenario_.last());
    accepted.repeated = true;
    fill_.in(CountyId(kCounty))(scenario_.view(), accepted, actor, &response);
    return response;
  };
  const auto person = [](const PersonId& who) {
    return Actor{Actor::Kind::kPerson, who.str(), {}};
  };
  const Actor root{Actor::Kind::kOperator, "root", {}};
  EXPECT_EQ(again(person(own), v1::RegisterPersonResponse()).person().name(), "张三");
  EXPECT_FALSE(again(person(stranger), v1::RegisterPersonResponse()).has_person());
  EXPECT_FALSE(again(root, v1::RegisterPersonResponse()).has_person());

  v1::AppointPostRequest appoint;
  appoint.set_county(kCounty);
  appoint.set_person_id(id);
  auto& post = *appoint.mutable_post();
  post.set_organisation_id(village);
  post.set_title("村民");
  post.set_role(v1::POST_ROLE_MEMBER);
  run<v1::AppointPostResponse>(appoint);
  EXPECT_EQ(again(person(own), v1::AppointPostResponse()).post().post().person_id(), id);
  EXPECT_FALSE(again(person(stranger), v1::AppointPostResponse()).has_post());
  EXPECT_FALSE(again(root, v1::AppointPostResponse()).has_post());
  EXPECT_FALSE(again(person(PersonId("610525-p1")), v1::AppointPostResponse()).has_post());

  organisation("农资店", v1::ORGANISATION_KIND_SHOP);
  EXPECT_TRUE(again(person(stranger), v1::CreateOrganisationResponse()).has_organisation());
  EXPECT_FALSE(again(root, v1::CreateOrganisationResponse()).has_organisation());
}

TEST_F(Edge, ChecksTimes) {
  v1::EndPostRequest request;
  request.set_county(kCounty);
  request.mutable_until_time()->set_seconds(1'000'000'000'000'000);
  EXPECT_EQ(bind_(request).error().reason, "INVALID_FIELD");
}

}  // namespace
}  // namespace lianmeng::membership
