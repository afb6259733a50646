#include "crash/driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "lianmeng/dispatch/v1/dispatch_service.pb.h"
#include "lianmeng/notification/v1/notification_service.pb.h"

namespace lianmeng::crash {
namespace {

namespace d = dispatch::v1;
using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Of the load; the seed draws from these.
constexpr std::uint64_t kWithExternal = 10;  // One submission in so many has an external id…
constexpr std::uint64_t kAgain = 40;         // …and one call in so many sends such a one again.
constexpr std::uint64_t kGiveUp = 10;        // One unanswered command in so many is left so.
constexpr milliseconds kLightGap{10};        // Of a light load: between two that are new.
constexpr milliseconds kConnectMax{60'000};
constexpr milliseconds kQuietMax{60'000};

}  // namespace

Driver::Driver(const DriverSettings& settings, const std::vector<load::Addresses>& channels)
    : settings_(settings), random_(settings.seed), client_(channels) {}

void Driver::create_counties() {
  if (!client_.connect(kConnectMax)) throw std::runtime_error("ready, and takes no connection");
  counties_ = load::create_counties(client_, settings_.counties);
}

void Driver::load_until(SteadyClock::time_point until) { load(until, false); }

void Driver::load_lightly_until(SteadyClock::time_point until) { load(until, true); }

void Driver::load(SteadyClock::time_point until, bool lightly) {
  loading_ = true;
  lightly_ = lightly;
  fill();
  while (SteadyClock::now() < until) {
    const bool waits = lightly && client_.in_flight() < settings_.in_flight;
    client_.poll(waits ? std::min(until, next_) : until);
    fill();
  }
  loading_ = false;
}

bool Driver::inventive() {
  if (!loading_) return false;
  if (!lightly_) return true;
  const auto now = SteadyClock::now();
  if (now < next_) return false;
  next_ = now + kLightGap;
  return true;
}

std::size_t Driver::given_up() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(ledger_.asked, [](const Asked& asked) { return asked.given_up; }));
}

// Keeps the calls in flight, first what has not been answered.
void Driver::fill() {
  while (client_.in_flight() < settings_.in_flight) {
    if (!again_.empty()) {
      auto* asked = again_.back();
      again_.pop_back();
      send(*asked);
    } else if (inventive()) {
      send(invent());
    } else {
      return;
    }
  }
}

void Driver::answer_all() {
  const auto until = SteadyClock::now() + kQuietMax;
  // After a light load nothing may be left to wait for.
  while (client_.in_flight() > 0 || !again_.empty()) {
    fill();
    client_.poll(until);
    if (SteadyClock::now() > until) {
      throw std::runtime_error(
          fmt::format("{} commands remain unanswered",
                      static_cast<std::size_t>(client_.in_flight()) + again_.size()));
    }
  }
}

Asked& Driver::invent() {
  auto& asked = ledger_.asked.emplace_back();
  asked.request_id = make_uuid_v7(clock_.now(), ids_);
  asked.channel = static_cast<int>(random_.below(1'000));
  if (!external_.empty() && random_.one_in(kAgain)) {
    const auto& first = *external_[random_.below(external_.size())];
    asked.kind = first.kind;
    asked.county = first.county;
    asked.marker = first.marker;
    asked.external_id = first.external_id;
    asked.again = &first;
    return asked;
  }
  asked.county = random_.below(counties_.size());
  asked.marker = fmt::format("点单 {}-{}", settings_.seed, ledger_.asked.size());
  const auto& known = demands_[asked.county];
  if (!known.empty() && random_.one_in(2)) {
    asked.kind = Asked::Kind::kComment;
    asked.demand_id = known[random_.below(known.size())];
  } else if (random_.one_in(kWithExternal)) {
    asked.external_id = fmt::format("crash:{}", ledger_.asked.size());
  }
  return asked;
}

template <class Request>
Request Driver::request_of(const Asked& asked) const {
  Request request;
  request.set_county(counties_[asked.county].id);
  request.set_request_id(asked.request_id);
  request.set_external_id(asked.external_id);
  return request;
}

void Driver::send(Asked& asked) {
  const load::CallOptions options{.actor = counties_[asked.county].cadre,
                                  .attempt = ++asked.attempts,
                                  .channel = asked.channel + asked.attempts};
  if (asked.kind == Asked::Kind::kComment) {
    auto request = request_of<d::CommentDemandRequest>(asked);
    request.set_demand_id(asked.demand_id);
    request.set_words(asked.marker);
    client_.call(options, request,
                 [&](const load::Outcome& outcome, d::CommentDemandResponse& response) {
                   settle(asked, outcome, response);
                 });
  } else {
    auto request = request_of<d::SubmitDemandRequest>(asked);
    request.set_title(asked.marker);
    request.set_kind(d::DEMAND_KIND_TECHNIQUE);
    request.set_urgency(d::URGENCY_URGENT);  // The coordinator is told of each.
    client_.call(options, request,
                 [&](const load::Outcome& outcome, d::SubmitDemandResponse& response) {
                   settle(asked, outcome, response);
                 });
  }
}

template <class Response>
void Driver::settle(Asked& asked, const load::Outcome& outcome, const Response& response) {
  if (outcome.uncertain()) {
    if (random_.one_in(kGiveUp)) {
      asked.given_up = true;
    } else {
      again_.push_back(&asked);
    }
    return;
  }
  if (!outcome.ok()) {
    ledger_.wrong.push_back(
        fmt::format("{}, attempt {}: {}", asked.marker, asked.attempts, to_string(outcome)));
    return;
  }
  ++answered_;
  asked.answered = true;
  asked.place = response.read_token();
  if (response.repeated()) ++repeated_;
  const bool may_repeat = asked.again != nullptr || settings_.many_hosts;
  if (asked.attempts == 1 && (response.repeated() ? !may_repeat : asked.again != nullptr)) {
    ledger_.wrong.push_back(fmt::format("{}: repeated is {}", asked.marker, response.repeated()));
  }
  const auto& id = response.demand().demand_id();
  if (asked.kind == Asked::Kind::kComment) {
    if (id != asked.demand_id) ledger_.wrong.push_back(asked.marker + ": answered for " + id);
    return;
  }
  asked.demand_id = id;
  if (asked.again != nullptr) return;
  demands_[asked.county].push_back(id);
  if (!asked.external_id.empty()) external_.push_back(&asked);
}

void Driver::await_notices() {
  const auto until = SteadyClock::now() + kQuietMax;
  for (const auto& county : counties_) {
    std::size_t demands = 0;
    d::ListDemandsRequest list;
    list.set_county(county.id);
    list.set_page_size(1000);
    do {
      const auto page =
          load::ask<d::ListDemandsResponse>(client_, {.actor = county.coordinator}, list);
      demands += static_cast<std::size_t>(page.demands_size());
      list.set_page_token(page.next_page_token());
    } while (!list.page_token().empty());
    notification::v1::CountUnreadRequest count;
    count.set_county(county.id);
    while (load::ask<notification::v1::CountUnreadResponse>(client_, {.actor = county.coordinator},
                                                            count)
               .inbox()
               .unread() < static_cast<std::int64_t>(demands)) {
      if (SteadyClock::now() > until) return;  // The judge says which are missing.
      client_.poll(SteadyClock::now() + milliseconds(20));
    }
  }
}

}  // namespace lianmeng::crash
