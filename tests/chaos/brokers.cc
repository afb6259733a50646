#include "chaos/brokers.h"

#include <fmt/format.h>
#include <signal.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace lianmeng::chaos {

int Brokers::any(Random& random) const {
  int count = 0;
  while (std::filesystem::exists(data_ / fmt::format("broker-{}", count + 1))) ++count;
  if (count == 0) throw std::runtime_error(data_.string() + " has no brokers: give --kafka-data");
  return 1 + static_cast<int>(random.below(static_cast<std::uint64_t>(count)));
}

void Brokers::signal(int number, int what) const {
  std::ifstream file(data_ / fmt::format("broker-{}", number) / "pid");
  int pid = 0;
  if (!(file >> pid) || ::kill(pid, what) != 0) {
    throw std::runtime_error(fmt::format("broker {} does not run", number));
  }
}

void Brokers::kill(int number) const { signal(number, SIGKILL); }
void Brokers::pause(int number) const { signal(number, SIGSTOP); }
void Brokers::go_on(int number) const { signal(number, SIGCONT); }

void Brokers::start(int number) const {
  const auto command =
      fmt::format("'{}' --data '{}' --only {} >/dev/null", up_.string(), data_.string(), number);
  if (std::system(command.c_str()) != 0) {
    throw std::runtime_error(fmt::format("broker {} does not start again", number));
  }
}

}  // namespace lianmeng::chaos
