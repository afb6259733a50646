// Metrics for Prometheus, behind handles as small as a pointer.
//
// Names follow Prometheus: lianmeng_<part>_<what>_<unit>[_total]. Labels are few and bounded: never
// an id, a county or a text of a caller.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/latency.h"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace lianmeng::obs {

using Labels = std::map<std::string, std::string>;

// Handles. Made once, kept, used from any thread, each use one or two atomic additions. One that no
// Metrics made does nothing, so code need not ask whether it is measured. Lifetime: the Metrics'.
class Counter {
 public:
  Counter() = default;
  explicit Counter(prometheus::Counter& impl) : impl_(&impl) {}
  void add(double amount = 1) const;
  bool made() const { return impl_ != nullptr; }

 private:
  prometheus::Counter* impl_ = nullptr;
};

class Gauge {
 public:
  Gauge() = default;
  explicit Gauge(prometheus::Gauge& impl) : impl_(&impl) {}
  void set(double value) const;
  void add(double amount) const;

 private:
  prometheus::Gauge* impl_ = nullptr;
};

class Histogram {
 public:
  Histogram() = default;
  explicit Histogram(prometheus::Histogram& impl) : impl_(&impl) {}
  void observe(double value) const;

 private:
  prometheus::Histogram* impl_ = nullptr;
};

// LatencyCounts' own: for calls, appends and flushes.
const std::vector<double>& latency_buckets();
// Counts from 1 to 4,096 in powers of 2: for batches.
const std::vector<double>& size_buckets();

// Threads: any. The same name and labels give the same metric again.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram histogram(const std::string& name, const std::string& help, const Labels& labels,
                      const std::vector<double>& buckets);
  // `read` is called when somebody scrapes, from any thread, and must stay callable as long as the
  // Metrics live.
  void gauge_read(const std::string& name, const std::string& help, const Labels& labels,
                  std::function<double()> read);
  // As gauge_read; a name that ends in _total is a counter there and here.
  void histogram_read(const std::string& name, const std::string& help, const Labels& labels,
                      std::function<LatencyCounts()> read);

  // The whole in Prometheus' text format.
  std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// lianmeng_build_info{version} 1, how many log lines were written, and what Prometheus knows of
// every process: process_resident_memory_bytes, process_open_fds, process_max_fds,
// process_cpu_seconds_total, process_start_time_seconds.
void add_process_metrics(Metrics& metrics, std::string_view version);

}  // namespace lianmeng::obs
