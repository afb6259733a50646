// Queries as lines of a table: each is answered where it belongs, and refused for every reason that
// its service's proto promises (promises.h).
//
//   const auto query = asked<v1::GetDemandRequest, v1::GetDemandResponse>(
//       "GetDemand", answer, "county: '610524' demand_id: '230628-001'");
//   query.ask(scenario, kCadre)                           "", or the reason of the refusal
//   query.with("demand_id: 'x'").ask(scenario, kCadre)
#pragma once

#include <google/protobuf/message.h>
#include <google/protobuf/text_format.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "platform/base/assert.h"
#include "platform/runtime/command.h"
#include "platform/testing/scenario.h"

namespace lianmeng::testing {

class AskedQuery {
 public:
  using Message = google::protobuf::Message;
  using Answer =
      std::function<Status(const runtime::QueryContext&, const Actor&, const Message& request)>;

  AskedQuery(std::string name, std::shared_ptr<const Message> request, Answer answer)
      : name_(std::move(name)), request_(std::move(request)), answer_(std::move(answer)) {}

  const std::string& name() const { return name_; }
  bool has(const std::string& field) const {
    return request_->GetDescriptor()->FindFieldByName(field) != nullptr;
  }
  // With other fields, in protobuf's text format; what they do not name stays.
  AskedQuery with(const std::string& fields) const {
    std::shared_ptr<Message> request(request_->New());
    request->CopyFrom(*request_);
    LM_ASSERT(google::protobuf::TextFormat::MergeFromString(fields, request.get()), "{}: {}", name_,
              fields);
    return AskedQuery(name_, std::move(request), answer_);
  }
  // The reason of the refusal; "" when it was answered.
  std::string ask(const Scenario& scenario, const Actor& actor) const {
    const auto status =
        answer_({&scenario.view(), scenario.now(), {"service", 7, 1'000}}, actor, *request_);
    return status ? std::string() : status.error().reason;
  }
  std::string ask(const Scenario& scenario, const PersonId& person) const {
    return ask(scenario, Actor{Actor::Kind::kPerson, person.str(), {}});
  }

 private:
  std::string name_;
  std::shared_ptr<const Message> request_;
  Answer answer_;
};

// `answer`: (const QueryContext&, const Actor&, const Request&, Response*) -> Status.
template <class Request, class Response, class Answer>
AskedQuery asked(std::string name, Answer answer, const std::string& fields) {
  return AskedQuery(std::move(name), std::make_shared<Request>(),
                    [answer](const runtime::QueryContext& context, const Actor& actor,
                             const google::protobuf::Message& request) -> Status {
                      Response response;
                      return answer(context, actor, static_cast<const Request&>(request),
                                    &response);
                    })
      .with(fields);
}

}  // namespace lianmeng::testing
