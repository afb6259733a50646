#include "membership/rpc/commands.h"

#include <fmt/format.h>

#include <functional>

#include "membership/domain/county.h"
#include "membership/domain/organisation.h"
#include "membership/domain/person.h"
#include "membership/domain/post.h"
#include "membership/domain/privacy.h"
#include "membership/domain/tables.h"
#include "membership/rpc/times.h"
#include "platform/base/random.h"

namespace lianmeng::membership {

using runtime::DecideFn;

namespace {

template <class Command>
DecideFn decides(Command command) {
  return [command = std::move(command)](const state::View& view, const DecideContext& context) {
    return runtime::erase(decide(view, command, context));
  };
}

template <class Message>
Status read_period(const std::string& path, const Message& message, std::optional<Time>* from,
                   std::optional<Time>* until) {
  auto start = read_time(path + "from_time", message.has_from_time(), message.from_time());
  if (!start) return fail(start.error());
  auto end = read_time(path + "until_time", message.has_until_time(), message.until_time());
  if (!end) return fail(end.error());
  *from = *start;
  *until = *end;
  return {};
}

std::vector<std::string> words(const google::protobuf::RepeatedPtrField<std::string>& all) {
  return {all.begin(), all.end()};
}

Result<PostDraft> read_post(const std::string& path, const v1::PostDraft& message) {
  PostDraft post;
  post.organisation_id = message.organisation_id();
  post.title = message.title();
  post.role = message.role();
  post.duties = words(message.duties());
  post.certified = message.certified();
  if (auto status = read_period(path, message, &post.from, &post.until); !status) {
    return fail(status.error());
  }
  return post;
}

// Whose key seals the values of a request that registers people: the request, by whatever makes it
// the same again; one that nothing can recognise gets a key of its own.
template <class Request>
std::string request_subject(const Request& request) {
  if (!request.request_id().empty()) {
    return fmt::format("requests/{}/{}", request.county(), request.request_id());
  }
  if (!request.external_id().empty()) {
    return fmt::format("external/{}/{}", request.county(), request.external_id());
  }
  SystemRandom random;
  return "unnamed/" + random_record_id(random);
}

// Seals the values of one person.
class PersonSealer {
 public:
  // Without `write`, nothing is sealed: the decision is only asked for.
  PersonSealer(seal::Sealer& sealer, std::string subject, bool write)
      : sealer_(sealer), subject_(std::move(subject)), write_(write) {}

  Result<v1::SealedValue> seal(std::string_view field, std::string_view text) const {
    v1::SealedValue out;
    if (!write_) return out;
    auto value = sealer_.seal(subject_, field, text);
    if (!value) return fail(value.error());
    out.set_key_id(std::move(value->key_id));
    out.set_nonce(std::move(value->nonce));
    out.set_ciphertext(std::move(value->ciphertext));
    return out;
  }

  Status seal_into(const std::string& path, std::string_view field, std::string_view text,
                   std::optional<v1::SealedValue>* into) const {
    if (auto no = check_given(path + std::string(field), text)) return fail(to_error(*no));
    auto value = seal(field, text);
    if (!value) return fail(value.error());
    *into = std::move(*value);
    return {};
  }

 private:
  seal::Sealer& sealer_;
  const std::string subject_;
  const bool write_;
};

Status read_values(const PersonSealer& sealer, const std::string& path,
                   std::optional<std::string_view> phone,
                   std::optional<std::string_view> identity_number,
                   std::optional<std::string_view> address, PersonalValues* values) {
  Status status;
  if (phone) status = sealer.seal_into(path, roster::kSealedPhone, *phone, &values->phone);
  if (status && identity_number) {
    status = sealer.seal_into(path, roster::kSealedIdentityNumber, *identity_number,
                              &values->identity_number);
  }
  if (status && address) {
    status = sealer.seal_into(path, roster::kSealedAddress, *address, &values->address);
  }
  return status;
}

std::optional<std::string_view> if_given(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

Status read_name(const PersonSealer& sealer, const std::string& path, const std::string& plain,
                 bool with_sealed, Name* name) {
  if (auto no = check_given(path + "name", plain)) return fail(to_error(*no));
  name->plain = plain;
  if (!with_sealed) return {};
  auto value = sealer.seal(roster::kSealedName, plain);
  if (!value) return fail(value.error());
  name->sealed = std::move(*value);
  return {};
}

// RegisterPersonRequest and PersonDraft have the same fields.
template <class Message>
Result<PersonDraft> read_person(const PersonSealer& sealer, const std::string& path,
                                const Message& message) {
  PersonDraft person;
  bool is_public = false;
  for (int i = 0; i < message.posts_size(); ++i) {
    auto post = read_post(fmt::format("{}posts[{}].", path, i), message.posts(i));
    if (!post) return fail(post.error());
    is_public |= roster::is_public(post->role);
    person.posts.push_back(std::move(*post));
  }
  auto status = read_name(sealer, path, message.name(), !is_public, &person.name);
  if (status) {
    status =
        read_values(sealer, path, if_given(message.phone()), if_given(message.identity_number()),
                    if_given(message.address()), &person.values);
  }
  if (!status) return fail(status.error());
  return person;
}

}  // namespace

Result<DecideFn> CommandBinder::operator()(const v1::CreateCountyRequest& request) const {
  CreateCounty command;
  command.name = request.name();
  command.short_name = request.short_name();
  command.code = request.code();
  command.office_name = request.office_name();
  const auto subject = request_subject(request);
  for (int i = 0; i < request.people_size(); ++i) {
    const PersonSealer sealer(sealer_, fmt::format("{}/{}", subject, i), !request.validate_only());
    auto person = read_person(sealer, fmt::format("people[{}].", i), request.people(i));
    if (!person) return fail(person.error());
    command.people.push_back(std::move(*person));
  }
  return decides(std::move(command));
}

Result<DecideFn> CommandBinder::operator()(const v1::UpdateCountyRequest& request) const {
  UpdateCounty command;
  if (request.has_name()) command.name = request.name();
  if (request.has_short_name()) command.short_name = request.short_name();
  if (request.has_code()) command.code = request.code();
  return decides(std::move(command));
}

Result<DecideFn> CommandBinder::operator()(const v1::CreateOrganisationRequest& request) const {
  CreateOrganisation command;
  command.name = request.name();
  command.kind = request.kind();
  command.parent_id = request.parent_id();
  command.industries = words(request.industries());
  command.founding_mode = request.founding_mode();
  command.founder_organisation_id = request.founder_organisation_id();
  command.follows_organisation_id = request.follows_organisation_id();
  command.description = request.description();
  return decides(std::move(command));
}

Result<DecideFn> CommandBinder::operator()(const v1::UpdateOrganisationRequest& request) const {
  UpdateOrganisation command;
  command.organisation_id = request.organisation_id();
  if (request.has_name()) command.name = request.name();
  if (request.industries_size() > 0 || request.clear_industries()) {
    command.industries = words(request.industries());
  }
  if (request.has_founding_mode()) command.founding_mode = request.founding_mode();
  if (request.has_founder_organisation_id()) {
    command.founder_organisation_id = request.founder_organisation_id();
  }
  if (request.has_follows_organisation_id()) {
    command.follows_organisation_id = request.follows_organisation_id();
  }
  if (request.has_description()) command.description = request.description();
  return decides(std::move(command));
}

Result<DecideFn> CommandBinder::operator()(const v1::MoveOrganisationRequest& request) const {
  return decides(MoveOrganisation{request.organisation_id(), request.parent_id()});
}

Result<DecideFn> CommandBinder::operator()(const v1::DissolveOrganisationRequest& request) const {
  return decides(DissolveOrganisation{request.organisation_id(), request.reason()});
}

Result<DecideFn> CommandBinder::operator()(const v1::AddMembershipRequest& request) const {
  AddMembership command;
  command.organisation_id = request.organisation_id();
  command.alliance_id = request.alliance_id();
  command.role = request.role();
  if (auto status = read_period("", request, &command.from, &command.until); !status) {
    return fail(status.error());
  }
  return decides(std::move(command));
}

Result<DecideFn> CommandBinder::operator()(const v1::EndMembershipRequest& request) const {
  auto until = read_time("until_time", request.has_until_time(), request.until_time());
  if (!until) return fail(until.error());
  return decides(EndMembership{request.membership_id(), *until, request.reason()});
}

Result<DecideFn> CommandBinder::operator()(const v1::RegisterPersonRequest& request) const {
  const PersonSealer sealer(sealer_, request_subject(request), !request.validate_only());
  auto person = read_person(sealer, "", request);
  if (!person) return fail(person.error());
  person->organisation_id = request.organisation_id();
  return decides(RegisterPerson{std::move(*person)});
}

Result<DecideFn> CommandBinder::operator()(const v1::UpdatePersonRequest& request) const {
  UpdatePerson command;
  command.person_id = request.person_id();
  // Somebody else's person is refused by the decision; no key is made for an id that cannot be.
  const bool own = county_of_person(request.person_id()) == request.county();
  const PersonSealer sealer(sealer_, person_subject(request.person_id()),
                            own && !request.validate_only());
  if (request.has_name()) {
    command.name.emplace();
    if (auto status = read_name(sealer, "", request.name(), true, &*command.name); !status) {
      return fail(status.error());
    }
  }
  const auto given = [](bool has, const std::string& text) {
    return has ? std::optional<std::string_view>(text) : std::nullopt;
  };
  if (auto status = read_values(sealer, "", given(request.has_phone(), request.phone()),
                                given(request.has_identity_number(), request.identity_number()),
                                given(request.has_address(), request.address()), &command.values);
      !status) {
    return fail(status.error());
  }
  if (request.has_organisation_id()) command.organisation_id = request.organisation_id();
  return decides(std::move(command));
}

Result<DecideFn> CommandBinder::operator()(const v1::ErasePersonRequest& request) const {
  return decides(ErasePerson{request.person_id(), request.reason()});
}

RevealContact reveal(const v1::RevealContactRequest& request) {
  RevealContact command{request.person_id(), request.reason(), {}};
  for (const auto field : request.fields()) {
    command.fields.push_back(static_cast<v1::ContactField>(field));
  }
  return command;
}

Result<DecideFn> CommandBinder::operator()(const v1::RevealContactRequest& request) const {
  return decides(reveal(request));
}

Status CommandBinder::prepare(const v1::ExecuteCommandsRequest& batch) const {
  std::vector<std::string> subjects;
  for (const auto& command : batch.commands()) {
    if (!command.has_register_person() || command.register_person().validate_only()) continue;
    const auto& request = command.register_person();
    // Who has neither is given a key of its own, which nothing can name before.
    if (request.request_id().empty() && request.external_id().empty()) continue;
    subjects.push_back(request_subject(request));
  }
  return sealer_.prepare(subjects);
}

Result<DecideFn> CommandBinder::operator()(const v1::AppointPostRequest& request) const {
  AppointPost command;
  command.person_id = request.person_id();
  command.name = request.name();
  auto post = read_post("post.", request.post());
  if (!post) return fail(post.error());
  command.post = std::move(*post);
  return decides(std::move(command));
}

Result<DecideFn> CommandBinder::operator()(const v1::EndPostRequest& request) const {
  auto until = read_time("until_time", request.has_until_time(), request.until_time());
  if (!until) return fail(until.error());
  return decides(EndPost{request.post_id(), *until, request.reason()});
}

}  // namespace lianmeng::membership
