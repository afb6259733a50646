// `lianmengctl drain | resume | stop`: what the operator asks of a server, waited for.
#include <fmt/format.h>
#include <signal.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <ostream>
#include <thread>

#include "ctl/commands.h"
#include "ctl/times.h"
#include "platform/base/assert.h"

namespace lianmeng::ctl {
namespace {

using std::chrono::milliseconds;

// Between two looks at a server or a process that is asked for nothing else meanwhile.
constexpr milliseconds kLookAgain{100};

class Operator {
 public:
  Operator(const Catalogue& catalogue, Options options, const Environment& environment)
      : catalogue_(catalogue),
        options_(std::move(options)),
        environment_(environment),
        caller_(catalogue, options_.address) {
    // The operator's right; --as still wins.
    if (options_.call.actor.empty() && options_.call.credentials.token_file.empty())
      options_.call.actor = "operator:" + environment.user;
  }

  Result<std::unique_ptr<pb::Message>> call(const std::string& name) {
    const auto* method = catalogue_.find_method("platform." + name);
    LM_ASSERT(method != nullptr, "the descriptor set lacks platform.{}", name);
    return caller_.call(*method, *catalogue_.new_message(*method->input_type()), options_.call);
  }

  // Looks until `done` says so, Ctrl-C is pressed or the patience is at its end.
  bool await(milliseconds patience, const std::function<bool()>& done) {
    environment_.catch_stop();
    const auto until = environment_.clock.steady() + patience;
    while (!done()) {
      if (environment_.stopped() || environment_.clock.steady() >= until) return false;
      std::this_thread::sleep_for(kLookAgain);
    }
    return true;
  }

  int tell(std::string_view zh, std::string_view en) const {
    environment_.out << tr(options_.lang(), zh, en) << "\n";
    return kExitOk;
  }
  int give_up(std::string_view zh, std::string_view en) const {
    environment_.err << tr(options_.lang(), zh, en) << "\n";
    return kExitUnavailable;
  }
  int report(const Error& error) const { return ctl::report(error, options_, environment_); }

 private:
  const Catalogue& catalogue_;
  Options options_;
  const Environment& environment_;
  Caller caller_;
};

// Gone, or ended and not yet fetched by its parent. One of another user answers EPERM while it
// lives.
bool has_ended(pid_t pid) {
  if (::kill(pid, 0) != 0 && errno == ESRCH) return true;
  std::ifstream stat(fmt::format("/proc/{}/stat", pid));
  const std::string line((std::istreambuf_iterator<char>(stat)), {});
  const auto name_end = line.rfind(") ");
  return name_end != std::string::npos && line.substr(name_end + 2).starts_with("Z");
}

std::string text_of(const pb::Message& message, const std::string& field) {
  const auto* found = message.GetDescriptor()->FindFieldByName(field);
  return found == nullptr ? "" : cell(message, *found);
}

milliseconds patience_of(const std::vector<Given>& flags) {
  for (const auto& flag : flags) {
    if (flag.name != "wait") continue;
    if (const auto wait = parse_duration(flag.value)) return *wait;
  }
  return milliseconds(60'000);
}

Status check_wait(const std::vector<Given>& flags) {
  for (const auto& flag : flags) {
    if (flag.name != "wait") continue;
    if (const auto wait = parse_duration(flag.value); !wait) return fail(wait.error());
  }
  return {};
}

}  // namespace

int run_drain(const Catalogue& catalogue, const std::vector<Given>& flags, const Options& options,
              const Environment& environment) {
  if (auto status = check_wait(flags); !status) return report(status.error(), options, environment);
  Operator as(catalogue, options, environment);
  if (const auto begun = as.call("Drain"); !begun) return as.report(begun.error());
  std::optional<Error> lost;
  std::string waiting;
  std::string unflushed;
  const bool drained = as.await(patience_of(flags), [&] {
    const auto info = as.call("GetInfo");
    if (!info) {
      lost = info.error();
      return true;
    }
    waiting = text_of(**info, "waiting");
    unflushed = text_of(**info, "unflushed");
    return text_of(**info, "state") == "drained";
  });
  if (lost) return as.report(*lost);
  if (!drained) {
    return as.give_up(
        fmt::format(
            "尚未办完：等待 {}，未落盘事件 {}。服务器仍在继续；lianmengctl status 可看原因，"
            "lianmengctl resume 可恢复受理",
            waiting, unflushed),
        fmt::format("not drained yet: {} calls wait, {} events are not written. It goes on; "
                    "lianmengctl status says why, lianmengctl resume takes commands again",
                    waiting, unflushed));
  }
  return as.tell(
      "已停止受理：此前受理的已办完，状态已落盘。恢复用 lianmengctl resume，停止用 "
      "lianmengctl stop",
      "Drained: what was accepted is answered and the state is written. Take commands "
      "again with lianmengctl resume, or end it with lianmengctl stop");
}

int run_resume(const Catalogue& catalogue, const Options& options, const Environment& environment) {
  Operator as(catalogue, options, environment);
  if (const auto resumed = as.call("Resume"); !resumed) return as.report(resumed.error());
  return as.tell("已恢复受理", "Commands are taken again");
}

int run_stop(const Catalogue& catalogue, const std::vector<Given>& flags, const Options& options,
             const Environment& environment) {
  if (auto status = check_wait(flags); !status) return report(status.error(), options, environment);
  Operator as(catalogue, options, environment);
  const auto begun = as.call("Stop");
  if (!begun) return as.report(begun.error());
  const auto text = text_of(**begun, "pid");
  const auto pid = static_cast<pid_t>(std::strtol(text.c_str(), nullptr, 10));
  // The server listens on this machine alone, so its process is here.
  const bool ended = as.await(patience_of(flags), [&] { return has_ended(pid); });
  if (!ended) {
    return as.give_up(
        fmt::format("进程 {} 尚未结束，仍在停止；请看其日志", pid),
        fmt::format("process {} has not ended yet; it goes on stopping, see its log", pid));
  }
  return as.tell(fmt::format("已停止（进程 {}）", pid), fmt::format("Stopped (process {})", pid));
}

}  // namespace lianmeng::ctl
