#include "platform/runtime/runtime.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <set>

#include "platform/base/assert.h"
#include "platform/log/topic_rules.h"
#include "platform/runtime/envelope.h"
#include "platform/runtime/errors.h"

namespace lianmeng::runtime {
namespace {

Error unknown_service(std::string_view service) {
  return make_error(ErrorKind::kUnimplemented, "SERVICE_UNKNOWN",
                    fmt::format("this process does not run the service {}", service));
}

Error not_hosted(std::string_view service, const CountyId& county) {
  return make_error(ErrorKind::kUnavailable, "NOT_HOSTED",
                    fmt::format("{}/{} is hosted by other pods", service, partition_of(county)));
}

// Their own, and those that they follow: from a log that forgets, projections and policies would be
// wrong as silently as the own fold.
Status check_topics(const std::vector<const Fold*>& folds, log::Site site, log::Log& log) {
  std::set<std::string> topics;
  for (const auto* fold : folds) {
    topics.insert(topic_of(fold->service()));
    for (const auto& foreign : fold->foreign()) topics.insert(topic_of(foreign.service));
  }
  for (const auto& topic : topics) {
    if (auto kept = log::check_topic(log::log_topic_rules(topic, site), log); !kept) return kept;
  }
  return {};
}

}  // namespace

Runtime::Runtime(RuntimeConfig config, log::Log& log, store::Store& store, Clock& clock,
                 Observer observer)
    : config_(std::move(config)),
      log_(log),
      store_(store),
      clock_(clock),
      observer_(std::move(observer)) {}

Runtime::~Runtime() { stop(); }

// The other hosts of each partition; empty when this pod is the only one.
void Runtime::find_others() {
  const auto& hosting = config_.hosting;
  elsewhere_.resize(kPartitions);
  for (int p = 0; p < kPartitions; ++p) {
    auto& others = elsewhere_[static_cast<std::size_t>(p)];
    for (const int pod : hosting.hosts_of(p)) {
      if (pod == hosting.ordinal) {
        others.hosted_here = true;
      } else {
        others.hosts.push_back(hosting.name_of(pod));
      }
    }
  }
}

void Runtime::add_service(const Fold& fold) { folds_.push_back(&fold); }

Status Runtime::start() {
  LM_ASSERT(!running_);
  if (auto kept = check_topics(folds_, config_.site, log_); !kept) return kept;
  find_others();
  const auto hosted = static_cast<int>(std::ranges::count_if(
      elsewhere_, [](const Elsewhere& others) { return others.hosted_here; }));
  for (int i = 0; i < std::min(std::max(1, config_.loops), hosted); ++i) {
    loops_.push_back(std::make_unique<CoreLoop>(config_.loop, log_, clock_, observer_));
  }
  for (const auto* fold : folds_) {
    const std::string service(fold->service());
    const auto topic = topic_of(service);
    std::vector<std::string> followed;
    for (const auto& foreign : fold->foreign()) followed.push_back(topic_of(foreign.service));
    auto& places = where_[service];
    std::size_t turn = 0;
    for (int p = 0; p < kPartitions; ++p) {
      if (!elsewhere_[static_cast<std::size_t>(p)].hosted_here) {
        places.push_back({});
        continue;
      }
      auto opened = store_.open(service, p, {fold->version()});
      if (!opened) return tl::unexpected(opened.error());
      if (opened->rebuilt) {
        observer_("warn", fmt::format("{}/{}: the stored state was written by another fold; it is "
                                      "dropped and folded anew",
                                      service, p));
      }
      auto& loop = *loops_[turn++ % loops_.size()];
      auto partition_config = config_.partition;
      partition_config.partition = p;
      partition_config.host = config_.hosting.name();
      partition_config.hosts.clear();
      for (const int pod : config_.hosting.hosts_of(p)) {
        partition_config.hosts.push_back(config_.hosting.name_of(pod));
      }
      places.push_back(
          {&loop, loop.add(std::make_unique<Partition>(partition_config, *fold,
                                                       std::move(opened->store), loop.random()),
                           topic, p, followed)});
    }
  }
  for (auto& loop : loops_) loop->start();
  running_ = true;
  return {};
}

void Runtime::stop() {
  if (!running_.exchange(false)) return;
  for (auto& loop : loops_) loop->stop();
}

Result<Runtime::Where> Runtime::find(std::string_view service, const CountyId& county) const {
  if (!running_) return fail(shutting_down());
  const auto found = where_.find(service);
  if (found == where_.end()) return fail(unknown_service(service));
  const auto& where = found->second[static_cast<std::size_t>(partition_of(county))];
  if (where.loop == nullptr) return fail(not_hosted(service, county));
  return where;
}

void Runtime::submit(std::string_view service, Command command) {
  const auto where = find(service, command.county);
  if (!where) return command.done({where.error(), nullptr});
  where->loop->command(where->slot, std::move(command));
}

void Runtime::submit_all(std::string_view service, std::vector<Command> commands) {
  if (commands.empty()) return;
  const auto where = find(service, commands.front().county);
  if (where) return where->loop->commands(where->slot, std::move(commands));
  for (auto& command : commands) command.done({where.error(), nullptr});
}

const Elsewhere* Runtime::elsewhere(std::string_view service, const CountyId& county) const {
  const auto found = where_.find(service);
  if (!running_ || found == where_.end()) return nullptr;
  const auto p = static_cast<std::size_t>(partition_of(county));
  if (elsewhere_[p].hosts.empty()) return nullptr;
  const auto& where = found->second[p];
  if (where.loop != nullptr && where.loop->can_answer(where.slot)) return nullptr;
  return &elsewhere_[p];
}

void Runtime::query(std::string_view service, Query query) {
  const auto where = find(service, query.county);
  if (!where) return query.done(tl::unexpected(where.error()));
  where->loop->query(where->slot, std::move(query));
}

void Runtime::watch(std::string_view service, Watch watch) {
  const auto where = find(service, watch.county);
  if (!where) return watch.on_end(where.error());
  where->loop->watch(where->slot, std::move(watch));
}

void Runtime::inspect(std::string_view service,
                      const std::function<void(int partition, const Partition&)>& look) {
  const auto found = where_.find(service);
  if (!running_ || found == where_.end()) return;
  const auto& places = found->second;
  for (auto& loop : loops_) {
    auto promise = std::make_shared<std::promise<void>>();
    auto looked = promise->get_future();
    const bool asked = loop->inspect([&, promise](const std::vector<const Partition*>& all) {
      for (std::size_t p = 0; p < places.size(); ++p) {
        if (places[p].loop == loop.get()) look(static_cast<int>(p), *all[places[p].slot]);
      }
      promise->set_value();
    });
    if (asked) looked.wait();
  }
}

void Runtime::drain(bool on) {
  if (!running_) return;
  for (auto& loop : loops_) loop->drain(on);
}

std::vector<LoopStatus> Runtime::loop_statuses() const {
  std::vector<LoopStatus> all;
  for (const auto& loop : loops_) all.push_back({loop->busy_time(), loop->store_error()});
  return all;
}

std::vector<PartitionStatus> Runtime::statuses() {
  std::vector<PartitionStatus> all;
  if (!running_) return all;
  for (auto& loop : loops_) {
    auto promise = std::make_shared<std::promise<std::vector<PartitionStatus>>>();
    auto answer = promise->get_future();
    const bool asked = loop->inspect(
        [promise, loop = loop.get()](const std::vector<const Partition*>& partitions) {
          const bool overfull = loop->overfull();
          std::vector<PartitionStatus> statuses;
          for (const auto* partition : partitions) {
            PartitionStatus status;
            const auto name = partition->name();
            const auto slash = name.find('/');
            status.service = name.substr(0, slash);
            status.partition = std::stoi(name.substr(slash + 1));
            status.state = partition->state();
            status.not_ready = partition->not_ready();
            if (overfull && status.not_ready.empty()) {
              status.not_ready = fmt::format(
                  "{} takes no commands and reads no log, since the state cannot be written", name);
            }
            status.sequence = partition->tip().sequence;
            status.unflushed = partition->unflushed();
            status.dirty_bytes = partition->dirty_bytes();
            status.waiting = partition->waiting();
            status.drained = partition->drained();
            status.replay_left = partition->replay_left();
            for (int i = 0; i < partition->followed(); ++i) status.backlog += partition->backlog(i);
            status.oldest_backlog = partition->oldest_backlog();
            status.next_timer = partition->next_timer();
            status.stats = partition->stats();
            statuses.push_back(std::move(status));
          }
          promise->set_value(std::move(statuses));
        });
    if (!asked) continue;
    for (auto& status : answer.get()) all.push_back(std::move(status));
  }
  return all;
}

std::string Runtime::not_ready(std::string_view service) {
  if (!running_) return "stopped";
  for (const auto& status : statuses()) {
    if (!service.empty() && status.service != service) continue;
    if (!status.not_ready.empty()) return status.not_ready;
  }
  return {};
}

}  // namespace lianmeng::runtime
