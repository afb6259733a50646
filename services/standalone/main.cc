// lianmeng: every service in one process, on a log and a store of its own. For one machine.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <thread>

#include "dispatch/fold.h"
#include "dispatch/rpc/service.h"
#include "membership/erasure/eraser.h"
#include "membership/fold.h"
#include "membership/rpc/service.h"
#include "notification/fold.h"
#include "notification/rpc/notification_service.h"
#include "platform/config/start_up.h"
#include "platform/log/embedded/embedded_log.h"
#include "platform/obs/log.h"
#include "platform/obs/metrics.h"
#include "platform/obs/ops_server.h"
#include "platform/rpc/platform_service.h"
#include "platform/rpc/server.h"
#include "platform/runtime/runtime.h"
#include "platform/seal/file_key_store.h"
#include "platform/seal/sealer.h"
#include "platform/store/rocks_store.h"
#include "standalone/config.h"
#include "standalone/status_board.h"

namespace lianmeng::standalone {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;

// What keeps the process from starting; main() says it in one sentence.
struct StartFailed {
  Error error;
};

template <class T>
T must(Result<T> result) {
  if (!result) throw StartFailed{std::move(result).error()};
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

void make_data_folder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    throw StartFailed{
        make_error(ErrorKind::kFailedPrecondition, "DATA_FOLDER",
                   fmt::format("data.path {} cannot be made ({}). Make it, or name another one.",
                               path.string(), error.message()))};
  }
}

std::optional<Actor> read_default_actor(const std::string& text) {
  if (text.empty()) return std::nullopt;
  auto actor = parse_actor(text);
  if (!actor || actor->kind == Actor::Kind::kSystem) {
    throw StartFailed{make_error(
        ErrorKind::kInvalidArgument, "DEFAULT_ACTOR",
        fmt::format("rpc.default_actor \"{}\" names no actor; write person:610524-p3.", text))};
  }
  return *actor;
}

int loops_of(const Config& config) {
  const auto cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  return std::min(config.runtime_loops > 0 ? static_cast<int>(config.runtime_loops) : cores,
                  kPartitions);
}

runtime::RuntimeConfig runtime_config(const Config& config) {
  runtime::RuntimeConfig out;
  out.loops = loops_of(config);
  out.loop.flush_events =
      std::max<std::uint64_t>(1, static_cast<std::uint64_t>(config.runtime_flush_events) /
                                     static_cast<std::uint64_t>(out.loops));
  return out;
}

void tell_of_log(log::LogNotice notice, const std::string& text) {
  const auto level = notice == log::LogNotice::kError     ? obs::Level::kError
                     : notice == log::LogNotice::kWarning ? obs::Level::kWarn
                                                          : obs::Level::kInfo;
  obs::log(level, "log", text);
}

void tell_of_runtime(std::string_view level, const std::string& text) {
  obs::log(obs::parse_level(level).value_or(obs::Level::kInfo), "runtime", text);
}

// The signals that end the process; blocked in every thread, so that this one waits for them.
sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

// From any thread: as whoever sends the signal.
void ask_to_stop() { ::kill(::getpid(), SIGTERM); }

// Refreshes the board until one of them comes; oftener while callers wait for it to be ready.
int wait_for_signal(StatusBoard& board, rpc::GrpcServer& server) {
  constexpr timespec kReady{0, 200'000'000};
  constexpr timespec kNotReady{0, 20'000'000};
  const auto signals = stop_signals();
  while (true) {
    const bool ready = board.refresh(server);
    const int signal = sigtimedwait(&signals, nullptr, ready ? &kReady : &kNotReady);
    if (signal > 0) return signal;
  }
}

void run(const Config& config) {
  const auto default_actor = read_default_actor(config.rpc_default_actor);
  make_data_folder(config.data_path);

  SystemClock clock;
  obs::Metrics metrics;
  obs::add_process_metrics(metrics, LIANMENG_VERSION);

  const auto log = must(log::EmbeddedLog::open(
      {.path = config.data_path / "log",
       .segment_bytes = static_cast<std::size_t>(config.log_segment_mib) * kMiB},
      clock, tell_of_log));
  const auto store = must(store::open_rocks_store(
      {.path = config.data_path / "store",
       .cache_bytes = static_cast<std::size_t>(config.store_cache_mib) * kMiB}));
  const auto keys = must(seal::open_file_key_store(
      {.directory = config.data_path / "keys",
       .master_key = config.seal_master_key_file.empty() ? config.data_path / "master.key"
                                                         : config.seal_master_key_file},
      seal::system_random(),
      [](const std::string& text) { obs::log(obs::Level::kWarn, "seal", text); }));
  seal::Sealer sealer(*keys, seal::system_random());

  runtime::Runtime runtime(runtime_config(config), *log, *store, clock, tell_of_runtime);
  runtime.add_service(membership::membership_fold());
  runtime.add_service(dispatch::dispatch_fold());
  runtime.add_service(notification::notification_fold());
  must(runtime.start());

  membership::Eraser eraser(
      *keys,
      [&](const membership::Eraser::Look& look) {
        runtime.inspect("membership", [&](int partition, const runtime::Partition& of) {
          look(partition, of.tip().sequence, of.view());
        });
      },
      [](const Error& error) {
        obs::log(obs::Level::kError, "seal",
                 "keys of erased persons cannot be deleted: " + error.message_en);
      });
  eraser.start();

  rpc::Environment environment(runtime, clock, metrics, default_actor);
  auto membership = membership::make_membership_service(environment, sealer, eraser);
  auto dispatch = dispatch::make_dispatch_service(environment);
  auto notification = notification::make_notification_service(environment);
  StatusBoard board(runtime, *log, *store, clock, metrics, LIANMENG_VERSION,
                    {{"membership", membership.name},
                     {"dispatch", dispatch.name},
                     {"notification", notification.name}},
                    loops_of(config), config.data_path);
  const auto ops = must(obs::OpsServer::start({.listen = config.ops_listen}, metrics,
                                              [&] { return board.readiness(); }));
  const auto platform = rpc::make_platform_service({.info = [&] { return board.info(); },
                                                    .drain = [&](bool on) { board.drain(on); },
                                                    .stop = ask_to_stop});
  const auto server = must(rpc::GrpcServer::start({.listen = config.rpc_listen}, environment,
                                                  {membership, dispatch, notification, platform}));
  server->set_serving(platform.name, true);  // It needs no partition.
  obs::log(obs::Level::kInfo, "standalone", "started",
           {{"version", LIANMENG_VERSION},
            {"rpc_port", server->port()},
            {"ops_port", ops->port()},
            {"data", config.data_path.string()}});

  const int signal = wait_for_signal(board, *server);
  obs::log(obs::Level::kInfo, "standalone", "stopping", {{"signal", signal}});
  board.stopping();
  server->stop();  // While the runtime and the eraser still answer what was taken.
  eraser.stop();
  runtime.stop();
  obs::log(obs::Level::kInfo, "standalone", "stopped");
}

}  // namespace
}  // namespace lianmeng::standalone

int main(int argc, char** argv) {
  using namespace lianmeng;
  using namespace lianmeng::standalone;
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    std::puts("lianmeng " LIANMENG_VERSION);
    return 0;
  }
  const auto config = config::load_or_exit(options(), "lianmeng", argc, argv);
  const auto signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  obs::set_log_level(obs::parse_level(config.log_level).value_or(obs::Level::kInfo));
  try {
    run(config);
  } catch (const StartFailed& failed) {
    std::fprintf(stderr, "lianmeng: %s\n", failed.error.message_en.c_str());
    return 1;
  }
  return 0;
}
