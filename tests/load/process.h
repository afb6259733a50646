// A server under test as a process of its own, and what processes use.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace lianmeng::load {

struct Usage {
  double cpu_seconds = 0;
  std::uint64_t resident_bytes = 0;
};
// Zeros when there is no such process.
Usage usage_of(int pid);
double own_cpu_seconds();

// A TCP port of 127.0.0.1 that nobody had a moment ago.
int free_port();

struct ServerOptions {
  std::filesystem::path binary;
  std::filesystem::path data;
  int rpc_port = 0;
  int ops_port = 0;
  std::filesystem::path output;               // Its log lines are appended here.
  std::vector<std::string> arguments;         // More of them.
  std::vector<std::string> environment = {};  // "NAME=value", beside ours.
  unsigned group = 0;                         // It runs under this one; 0: ours.
};

// `lianmeng` under test. It dies with this process. Lifetime: the destructor kills it.
class Server {
 public:
  explicit Server(ServerOptions options);  // Throws std::runtime_error when it cannot be started.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string address() const;
  pid_t pid() const { return pid_; }
  bool running();
  // Waits until it says that it is ready; throws std::runtime_error when it ends or takes longer.
  void await_ready(std::chrono::milliseconds timeout);
  // SIGKILL.
  void kill();
  // SIGSTOP, and SIGCONT.
  void pause();
  void go_on();
  // SIGTERM.
  void ask_to_stop();
  // Waits until it has ended; the exit status, or -1 when it had to be killed.
  int await_end(std::chrono::milliseconds timeout);
  // Both.
  int stop(std::chrono::milliseconds timeout);

 private:
  // True once it has ended.
  bool reap(bool wait);

  const ServerOptions options_;
  pid_t pid_ = -1;
  int status_ = 0;
};

}  // namespace lianmeng::load
