#include "load/takeover.h"

#include <fmt/format.h>
#include <signal.h>

#include <stdexcept>

#include "lianmeng/dispatch/v1/dispatch_service.pb.h"
#include "platform/base/random.h"

namespace lianmeng::load {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kBefore{1'000};
constexpr milliseconds kGiveUp{30'000};

class Commands {
 public:
  Commands(const Addresses& addresses, const std::vector<County>& counties)
      : client_(addresses, 2), counties_(counties) {}

  Client& client() { return client_; }
  void stop() { stopping_ = true; }

  // One after another.
  void keep(std::size_t county) {
    if (stopping_) return;
    send(county, [this, county](const Outcome&) { keep(county); });
  }

  void insist(std::size_t county, SteadyClock::time_point since, Takeover& out) {
    send(county, [this, county, since, &out](const Outcome& outcome) {
      if (outcome.ok()) {
        out.took.push_back(SteadyClock::now() - since);
        return;
      }
      ++out.failures[outcome.reason.empty() ? to_string(outcome) : outcome.reason];
      insist(county, since, out);
    });
  }

 private:
  void send(std::size_t county, std::function<void(const Outcome&)> done) {
    dispatch::v1::SubmitDemandRequest request;
    request.set_county(counties_[county].id);
    request.set_request_id(make_uuid_v7(clock_.now(), random_));
    request.set_title("气调库缺配套设施");
    request.set_kind(dispatch::v1::DEMAND_KIND_TECHNIQUE);
    client_.call({.actor = counties_[county].cadre, .channel = static_cast<int>(county)}, request,
                 [done = std::move(done)](const Outcome& outcome,
                                          dispatch::v1::SubmitDemandResponse&) { done(outcome); });
  }

  Client client_;
  const std::vector<County>& counties_;
  SystemClock clock_;
  SystemRandom random_;
  bool stopping_ = false;
};

}  // namespace

Takeover measure_takeover(const Addresses& addresses, const std::vector<County>& counties,
                          int pid) {
  Takeover out;
  Commands commands(addresses, counties);
  if (!commands.client().connect(milliseconds(10'000))) throw std::runtime_error("no connection");
  for (std::size_t i = 0; i < counties.size(); ++i) commands.keep(i);
  const auto kill_at = SteadyClock::now() + kBefore;
  while (SteadyClock::now() < kill_at) commands.client().poll(kill_at);
  commands.stop();
  if (::kill(pid, SIGKILL) != 0) throw std::runtime_error(fmt::format("no process {}", pid));
  const auto since = SteadyClock::now();
  for (std::size_t i = 0; i < counties.size(); ++i) commands.insist(i, since, out);
  while (out.took.size() < counties.size()) {
    if (SteadyClock::now() > since + kGiveUp) throw std::runtime_error("nobody takes over");
    commands.client().poll(since + kGiveUp);
  }
  return out;
}

}  // namespace lianmeng::load
