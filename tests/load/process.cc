#include "load/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "lianmeng/platform/v1/platform_service.pb.h"
#include "load/client.h"

namespace lianmeng::load {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Between two looks at something that another process does.
constexpr std::chrono::milliseconds kLook{5};

}  // namespace

Usage usage_of(int pid) {
  std::ifstream in(fmt::format("/proc/{}/stat", pid));
  std::string line;
  if (!std::getline(in, line)) return {};
  // The name in parentheses may hold anything; behind it: state, then fields 4, 5, …
  std::istringstream fields(line.substr(line.rfind(')') + 2));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  fields >> user >> system;
  for (int i = 16; i < 23; ++i) fields >> skipped;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t pages = 0;
  fields >> virtual_bytes >> pages;
  Usage usage;
  usage.cpu_seconds =
      static_cast<double>(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  usage.resident_bytes = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return usage;
}

double own_cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int free_port() {
  // Below the range from which the system draws ports of connections, so that none takes it before
  // the server does (tests/ports.py).
  std::random_device random;
  std::uniform_int_distribution<int> draw(20'000, 31'999);
  for (int i = 0; i < 1'000; ++i) {
    const int port = draw(random);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool free =
        fd >= 0 && ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
    if (fd >= 0) ::close(fd);
    if (free) return port;
  }
  throw std::runtime_error("no free port on 127.0.0.1");
}

Server::Server(ServerOptions options) : options_(std::move(options)) {
  std::vector<std::string> words{
      options_.binary.string(),
      "--data.path=" + options_.data.string(),
      fmt::format("--rpc.listen=127.0.0.1:{}", options_.rpc_port),
      fmt::format("--ops.listen=127.0.0.1:{}", options_.ops_port),
  };
  words.insert(words.end(), options_.arguments.begin(), options_.arguments.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const auto output = options_.output.empty() ? std::string("/dev/null") : options_.output.string();

  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("cannot fork");
  if (pid_ == 0) {
    // Nothing here may take a lock: another thread may hold it in the copy.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (out < 0 || ::dup2(out, 1) < 0 || ::dup2(out, 2) < 0) ::_exit(127);
    if (options_.group != 0 && ::setgid(options_.group) != 0) ::_exit(127);
    for (const auto& pair : options_.environment) ::putenv(const_cast<char*>(pair.c_str()));
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
}

Server::~Server() { kill(); }

std::string Server::address() const { return fmt::format("127.0.0.1:{}", options_.rpc_port); }

bool Server::reap(bool wait) {
  if (pid_ < 0) return true;
  const pid_t ended = ::waitpid(pid_, &status_, wait ? 0 : WNOHANG);
  if (ended != pid_) return false;
  pid_ = -1;
  return true;
}

bool Server::running() { return !reap(false); }

void Server::await_ready(std::chrono::milliseconds timeout) {
  const auto until = SteadyClock::now() + timeout;
  Client client(address(), 1);
  while (SteadyClock::now() < until) {
    if (!running()) {
      throw std::runtime_error(fmt::format("{} ended by itself; see {}", options_.binary.string(),
                                           options_.output.string()));
    }
    try {
      const auto info = ask<platform::v1::GetInfoResponse>(
          client, {.timeout = std::chrono::milliseconds(500)}, platform::v1::GetInfoRequest());
      if (info.ready()) return;
    } catch (const CallFailed&) {  // It does not listen yet.
    }
    std::this_thread::sleep_for(kLook);
  }
  throw std::runtime_error(fmt::format("{} is not ready after {} ms; see {}",
                                       options_.binary.string(), timeout.count(),
                                       options_.output.string()));
}

void Server::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  reap(true);
}

void Server::pause() {
  if (pid_ > 0) ::kill(pid_, SIGSTOP);
}

void Server::go_on() {
  if (pid_ > 0) ::kill(pid_, SIGCONT);
}

void Server::ask_to_stop() {
  if (pid_ > 0) ::kill(pid_, SIGTERM);
}

int Server::stop(std::chrono::milliseconds timeout) {
  ask_to_stop();
  return await_end(timeout);
}

int Server::await_end(std::chrono::milliseconds timeout) {
  const auto until = SteadyClock::now() + timeout;
  while (!reap(false)) {
    if (SteadyClock::now() > until) {
      kill();
      return -1;
    }
    std::this_thread::sleep_for(kLook);
  }
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
}

}  // namespace lianmeng::load
