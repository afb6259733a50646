// CPU and wall time of a stretch of work, without the parts that only prepare it.
#pragma once

#include <chrono>

namespace lianmeng::bench {

struct Spent {
  double cpu_seconds = 0;  // Of all threads of the process.
  double wall_seconds = 0;
};

// Threads: one; what is left out is that thread's time alone, others' work goes on and counts.
class Stopwatch {
 public:
  Stopwatch();

  // Runs `prepare` and leaves it out.
  template <class Prepare>
  auto without(const Prepare& prepare) {
    const Pause pause(*this);
    return prepare();
  }
  Spent spent() const;

 private:
  struct Pause {
    explicit Pause(Stopwatch& of);
    ~Pause();
    Stopwatch& of;
    const double cpu;
    const double wall;
  };

  const double cpu_;
  const double wall_;
  double left_out_cpu_ = 0;
  double left_out_wall_ = 0;
};

}  // namespace lianmeng::bench
