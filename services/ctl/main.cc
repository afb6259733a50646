// lianmengctl: the command line of Lianmeng.
#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <iostream>

#include "ctl/app.h"
#include "ctl/embedded.h"
#include "ctl/local/local.h"

namespace {

std::atomic<bool> stop_asked{false};

// The first asks for a clean end, the second is the system's own.
extern "C" void ask_stop(int signal) {
  stop_asked = true;
  std::signal(signal, SIG_DFL);
}

int terminal_width() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 0;
}

std::string variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? "" : value;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace lianmeng;
  std::signal(SIGPIPE, SIG_IGN);
  const ctl::Catalogue catalogue(ctl::embedded_services());
  SystemClock clock;
  SystemRandom random;
  auto user = variable("SUDO_USER");
  if (user.empty()) user = variable("USER");
  const ctl::Environment environment{
      .out = std::cout,
      .err = std::cerr,
      .in = std::cin,
      .variable = variable,
      .catch_stop =
          [] {
            std::signal(SIGINT, ask_stop);
            std::signal(SIGTERM, ask_stop);
          },
      .stopped = [] { return stop_asked.load(); },
      .out_is_terminal = isatty(STDOUT_FILENO) == 1,
      .err_is_terminal = isatty(STDERR_FILENO) == 1,
      .width = terminal_width(),
      .user = user.empty() ? "root" : user,
      .clock = clock,
      .random = random,
      .local = ctl::run_local,
  };
  const int code = ctl::run(catalogue, {argv + 1, argv + argc}, environment);
  std::cout.flush();
  return code;
}
