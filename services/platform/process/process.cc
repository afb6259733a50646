#include "platform/process/process.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <map>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include "platform/checkpoint/checkpoint_service.h"
#include "platform/config/start_up.h"
#include "platform/obs/log.h"
#include "platform/obs/metrics.h"
#include "platform/obs/ops_server.h"
#include "platform/process/checkpoints.h"
#include "platform/process/hosts.h"
#include "platform/process/open_log.h"
#include "platform/process/reload.h"
#include "platform/process/status_board.h"
#include "platform/process/trust.h"
#include "platform/rpc/library_lines.h"
#include "platform/rpc/platform_service.h"
#include "platform/rpc/relay.h"
#include "platform/store/rocks_store.h"

namespace lianmeng::process {
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

runtime::RuntimeConfig runtime_config(const Config& config, const runtime::Hosting& hosting) {
  runtime::RuntimeConfig out;
  out.hosting = hosting;
  // The embedded log keeps the rules itself; what is asked of replicas is not asked of it.
  out.site = config.kafka.site();
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

// The signals that end the process or have it read its files again; blocked in every thread, so
// that this one waits for them.
sigset_t awaited_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  return signals;
}

// From any thread: as whoever sends the signal.
void ask_to_stop() { ::kill(::getpid(), SIGTERM); }

// Refreshes the board until one that ends it comes; oftener while callers wait for it to be ready.
int wait_for_stop(StatusBoard& board, rpc::GrpcServer& server, TrustFiles& trust, Reload& reload) {
  constexpr timespec kReady{0, 200'000'000};
  constexpr timespec kNotReady{0, 20'000'000};
  const auto signals = awaited_signals();
  while (true) {
    const bool ready = board.refresh(server);
    trust.look();
    const int signal = sigtimedwait(&signals, nullptr, ready ? &kReady : &kNotReady);
    if (signal == SIGHUP) {
      reload.read();
      trust.read_again();
    } else if (signal > 0) {
      return signal;
    }
  }
}

// The gRPC classes of the parts; what these run beside the runtime ends before it, also when the
// process cannot start.
class StartedParts {
 public:
  explicit StartedParts(std::vector<std::unique_ptr<Part>>& parts) : parts_(parts) {}
  ~StartedParts() { stop(); }

  std::vector<rpc::Binding> start(runtime::Runtime& runtime, rpc::Environment& environment) {
    std::vector<rpc::Binding> bindings;
    for (; started_ < parts_.size(); ++started_) {
      bindings.push_back(parts_[started_]->start(runtime, environment));
    }
    return bindings;
  }
  void stop() {
    while (started_ > 0) parts_[--started_]->stop();
  }

 private:
  std::vector<std::unique_ptr<Part>>& parts_;
  std::size_t started_ = 0;
};

std::string machine_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

// "lianmeng-dispatch" has the pods dispatch-0, dispatch-1, …
std::string pod_prefix(std::string_view program) {
  constexpr std::string_view kFamily = "lianmeng-";
  return std::string(program.starts_with(kFamily) ? program.substr(kFamily.size()) : program);
}

// What is said of readiness until there are partitions to ask.
class BeforeBoard {
 public:
  // Any thread.
  void tell(std::string text) {
    const std::lock_guard lock(mutex_);
    text_ = std::move(text);
  }
  std::function<obs::Readiness()> readiness() {
    return [this] {
      const std::lock_guard lock(mutex_);
      return board_ != nullptr ? board_->readiness() : obs::Readiness{{text_}};
    };
  }

  // The board answers while this lives.
  class Hand {
   public:
    Hand(BeforeBoard& before, const StatusBoard& board) : before_(before) { set(&board); }
    ~Hand() { set(nullptr); }
    Hand(const Hand&) = delete;
    Hand& operator=(const Hand&) = delete;

   private:
    void set(const StatusBoard* board) {
      const std::lock_guard lock(before_.mutex_);
      before_.board_ = board;
      before_.text_ = "the process is stopping";
    }
    BeforeBoard& before_;
  };

 private:
  std::mutex mutex_;
  std::string text_ = "the process is starting";  // Guarded by mutex_, as the next one.
  const StatusBoard* board_ = nullptr;
};

// On its own thread, so that the process can be stopped meanwhile; false when it was.
bool take_checkpoints(const Config& config, const Hosts& hosts,
                      std::shared_ptr<grpc::ChannelCredentials> credentials,
                      const checkpoint::Meters& meters,
                      const std::vector<std::unique_ptr<Part>>& parts, store::Store& store,
                      BeforeBoard& before) {
  if (!config.checkpoint_take || hosts.peers.empty()) return true;
  CheckpointPlan plan{.folds = {},
                      .hosts = hosts,
                      .folder = config.data_path / "incoming",
                      .credentials = std::move(credentials),
                      .meters = meters};
  for (const auto& part : parts) plan.folds.push_back(&part->fold());
  std::atomic<bool> done{false};
  std::jthread taking([&](const std::stop_token& stop) {
    take_missing_checkpoints(
        store, plan, [&](std::string text) { before.tell(std::move(text)); },
        [](const std::string& text) { obs::log(obs::Level::kInfo, "checkpoint", text); }, stop);
    done = true;
  });
  const auto signals = awaited_signals();
  constexpr timespec kLook{0, 20'000'000};
  while (!done) {
    const int signal = sigtimedwait(&signals, nullptr, &kLook);
    if (signal > 0 && signal != SIGHUP) return false;
  }
  return true;
}

// What this pod's peers may take.
rpc::Binding checkpoint_binding(const Config& config, const checkpoint::Meters& meters,
                                const std::vector<std::unique_ptr<Part>>& parts,
                                store::Store& store, Clock& clock,
                                const rpc::Environment& environment) {
  checkpoint::CheckpointServiceConfig given;
  given.check_peer = [&](const grpc::CallbackServerContext& context) {
    return environment.check_peer(context);
  };
  given.kept.folder = config.data_path / "outgoing";
  given.bytes_per_second = static_cast<std::uint64_t>(config.checkpoint_mib_per_second) * kMiB;
  given.meters = meters;
  for (const auto& part : parts) {
    given.fold_versions[std::string(part->fold().service())] = part->fold().version();
  }
  return checkpoint::make_checkpoint_service(std::move(given), store, clock);
}

// Made in this order and ended in the reverse.
void serve(std::string_view program, const std::string& version,
           std::vector<std::unique_ptr<Part>>& parts, const Config& config, Reload& reload) {
  rpc::log_lines_of_grpc();
  const auto default_actor = read_default_actor(config.rpc_default_actor);
  const auto hosts = must(read_hosts(config, pod_prefix(program), machine_name()));
  if (hosts.hosting.pods > 1 && config.log_kind == "embedded") {
    throw StartFailed{make_error(
        ErrorKind::kInvalidArgument, "HOSTS_LOG",
        fmt::format("hosts.peers names {} pods, and the embedded log has room for one; set "
                    "log.kind to kafka, or leave hosts.peers out.",
                    hosts.hosting.pods))};
  }
  make_data_folder(config.data_path);

  SystemClock clock;
  obs::Metrics metrics;
  obs::add_process_metrics(metrics, version);
  const auto trust = must(TrustFiles::open(config, hosts, clock, metrics));

  const auto log = must(open_log(config, hosts.hosting.name(), clock, tell_of_log));
  const auto store = must(store::open_rocks_store(
      {.path = config.data_path / "store",
       .cache_bytes = static_cast<std::size_t>(config.store_cache_mib) * kMiB}));
  for (auto& part : parts) must(part->open(config));

  BeforeBoard before;
  const auto ops =
      must(obs::OpsServer::start({.listen = config.ops_listen}, metrics, before.readiness()));
  const checkpoint::Meters meters(metrics);
  if (!take_checkpoints(config, hosts, trust->between_pods(), meters, parts, *store, before))
    return;

  runtime::Runtime runtime(runtime_config(config, hosts.hosting), *log.log, *store, clock,
                           tell_of_runtime);
  for (const auto& part : parts) runtime.add_service(part->fold());
  must(runtime.start());

  rpc::Relay relay({.peers = hosts.peers, .credentials = trust->between_pods()}, clock, metrics);
  rpc::Environment environment(runtime, clock, metrics, default_actor, &relay, trust->trust());
  StartedParts started(parts);
  auto bindings = started.start(runtime, environment);
  std::map<std::string, std::string> names;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    names[std::string(parts[i]->fold().service())] = bindings[i].name;
  }
  StatusBoard board(runtime, log.stats, *store, clock, metrics, version, std::move(names),
                    runtime_config(config, hosts.hosting), config.data_path);
  const BeforeBoard::Hand hand(before, board);
  if (!hosts.peers.empty()) {
    bindings.push_back(checkpoint_binding(config, meters, parts, *store, clock, environment));
  }
  bindings.push_back(
      rpc::make_platform_service(environment, {.info = [&] { return board.info(); },
                                               .drain = [&](bool on) { board.drain(on); },
                                               .stop = ask_to_stop}));
  const auto platform = bindings.back().name;
  const auto server = must(
      rpc::GrpcServer::start({.listen = config.rpc_listen, .certificates = trust->certificates()},
                             environment, std::move(bindings)));
  server->set_serving(platform, true);  // It needs no partition.
  obs::log(obs::Level::kInfo, program, "started",
           {{"version", version},
            {"rpc_port", server->port()},
            {"ops_port", ops->port()},
            {"host", hosts.hosting.name()},
            {"data", config.data_path.string()}});

  const int signal = wait_for_stop(board, *server, *trust, reload);
  obs::log(obs::Level::kInfo, program, "stopping", {{"signal", signal}});
  board.stopping();
  relay.stop();
  // While runtime and parts still answer what was taken. What they cannot, since the log does not
  // say what became of it, their own end answers.
  if (!server->stop_taking()) {
    obs::log(
        obs::Level::kWarn, program,
        "not all calls are answered, or not all clients gone, in time; whose call waits is told "
        "that its fate is unknown");
  }
  started.stop();
  runtime.stop();
  server->stop();
  obs::log(obs::Level::kInfo, program, "stopped");
}

}  // namespace

int run(std::string_view program, std::string_view version,
        std::vector<std::unique_ptr<Part>> parts, int argc, const char* const* argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    fmt::print("{} {}\n", program, version);
    return 0;
  }
  const auto known =
      options(std::ranges::any_of(parts, [](const auto& part) { return part->seals(); }));
  const auto config = config::load_or_exit(known, program, argc, argv);
  Reload reload(known, std::string(program), {argv + (argc > 0), argv + argc},
                config::process_environment(), config);
  const auto signals = awaited_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  obs::set_log_level(obs::parse_level(config.log_level).value_or(obs::Level::kInfo));
  try {
    serve(program, std::string(version), parts, config, reload);
  } catch (const StartFailed& failed) {
    fmt::print(stderr, "{}: {}\n", program, config.kafka.with_command(failed.error).message_en);
    return 1;
  }
  return 0;
}

}  // namespace lianmeng::process
