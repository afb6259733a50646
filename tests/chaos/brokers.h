// The brokers that ./deploy/kafka/up started, as they are broken.
#pragma once

#include <filesystem>

#include "platform/base/random.h"

namespace lianmeng::chaos {

// Throws std::runtime_error when one is not there.
class Brokers {
 public:
  Brokers(std::filesystem::path data, std::filesystem::path up)
      : data_(std::move(data)), up_(std::move(up)) {}

  // One of them.
  int any(Random& random) const;
  void kill(int number) const;
  void pause(int number) const;
  void go_on(int number) const;
  // Starts it on its data and waits until it is ready.
  void start(int number) const;

 private:
  void signal(int number, int what) const;

  const std::filesystem::path data_;
  const std::filesystem::path up_;
};

}  // namespace lianmeng::chaos
