#include "platform/obs/metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <limits>
#include <mutex>
#include <utility>

#include "platform/obs/log.h"

namespace lianmeng::obs {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

using ReadMetric = std::function<void(prometheus::ClientMetric&)>;

// Read when somebody scrapes.
struct ReadFamily {
  std::string help;
  prometheus::MetricType type = prometheus::MetricType::Gauge;
  std::vector<std::pair<Labels, ReadMetric>> metrics;
};

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double size = 0;
  double resident = 0;
  statm >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double open_files() {
  std::error_code error;
  double count = 0;
  for (auto at = std::filesystem::directory_iterator("/proc/self/fd", error);
       !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    ++count;
  }
  return count;
}

double open_files_max() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<double>(limit.rlim_cur) : 0;
}

double cpu_seconds() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

void Counter::add(double amount) const {
  if (impl_ != nullptr) impl_->Increment(amount);
}
void Gauge::set(double value) const {
  if (impl_ != nullptr) impl_->Set(value);
}
void Gauge::add(double amount) const {
  if (impl_ != nullptr) impl_->Increment(amount);
}
void Histogram::observe(double value) const {
  if (impl_ != nullptr) impl_->Observe(value);
}

const std::vector<double>& latency_buckets() {
  static const std::vector<double> kBuckets(LatencyCounts::kBounds.begin(),
                                            LatencyCounts::kBounds.end());
  return kBuckets;
}

const std::vector<double>& size_buckets() {
  static const std::vector<double> kBuckets{1,   2,   4,   8,    16,   32,  64,
                                            128, 256, 512, 1024, 2048, 4096};
  return kBuckets;
}

struct Metrics::Impl {
  prometheus::Registry registry;
  mutable std::mutex mutex;  // Guards the rest, and the making of metrics.
  std::map<std::string, prometheus::Family<prometheus::Counter>*> counters;
  std::map<std::string, prometheus::Family<prometheus::Gauge>*> gauges;
  std::map<std::string, prometheus::Family<prometheus::Histogram>*> histograms;
  std::map<std::string, ReadFamily> read;

  template <class Map, class Build>
  auto& family(Map& families, Build build, const std::string& name, const std::string& help) {
    auto& found = families[name];
    if (found == nullptr) found = &build().Name(name).Help(help).Register(registry);
    return *found;
  }

  void add_read(const std::string& name, const std::string& help, prometheus::MetricType type,
                const Labels& labels, ReadMetric metric) {
    const std::lock_guard lock(mutex);
    auto& family = read[name];
    family.help = help;
    family.type = type;
    family.metrics.emplace_back(labels, std::move(metric));
  }
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  return Counter(impl_->family(impl_->counters, BuildCounter, name, help).Add(labels));
}

Gauge Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  return Gauge(impl_->family(impl_->gauges, BuildGauge, name, help).Add(labels));
}

Histogram Metrics::histogram(const std::string& name, const std::string& help, const Labels& labels,
                             const std::vector<double>& buckets) {
  const std::lock_guard lock(impl_->mutex);
  return Histogram(
      impl_->family(impl_->histograms, BuildHistogram, name, help).Add(labels, buckets));
}

void Metrics::gauge_read(const std::string& name, const std::string& help, const Labels& labels,
                         std::function<double()> read) {
  const auto type =
      name.ends_with("_total") ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
  impl_->add_read(name, help, type, labels, [read = std::move(read)](auto& metric) {
    metric.gauge.value = metric.counter.value = read();
  });
}

void Metrics::histogram_read(const std::string& name, const std::string& help, const Labels& labels,
                             std::function<LatencyCounts()> read) {
  impl_->add_read(name, help, prometheus::MetricType::Histogram, labels,
                  [read = std::move(read)](auto& metric) {
                    const auto now = read();
                    auto& histogram = metric.histogram;
                    for (std::size_t i = 0; i < now.counts.size(); ++i) {
                      histogram.sample_count += now.counts[i];
                      const auto bound = i < LatencyCounts::kBounds.size()
                                             ? LatencyCounts::kBounds[i]
                                             : std::numeric_limits<double>::infinity();
                      histogram.bucket.push_back({histogram.sample_count, bound});
                    }
                    histogram.sample_sum = now.seconds;
                  });
}

std::string Metrics::text() const {
  auto families = impl_->registry.Collect();
  std::map<std::string, ReadFamily> read;
  {
    const std::lock_guard lock(impl_->mutex);
    read = impl_->read;
  }
  // Outside the lock, since reading may take its time.
  for (const auto& [name, from] : read) {
    prometheus::MetricFamily family;
    family.name = name;
    family.help = from.help;
    family.type = from.type;
    for (const auto& [labels, fill] : from.metrics) {
      auto& metric = family.metric.emplace_back();
      for (const auto& [label, value] : labels) metric.label.push_back({label, value});
      fill(metric);
    }
    families.push_back(std::move(family));
  }
  return prometheus::TextSerializer().Serialize(families);
}

void add_process_metrics(Metrics& metrics, std::string_view version) {
  metrics
      .gauge("lianmeng_build_info", "Always 1; the labels say what runs.",
             {{"version", std::string(version)}})
      .set(1);
  metrics.gauge("process_start_time_seconds", "When the process started, in seconds since 1970.")
      .set(std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
               .count());
  metrics.gauge_read("process_resident_memory_bytes", "Memory that the process holds.", {},
                     resident_bytes);
  metrics.gauge_read("process_open_fds", "Files and sockets that are open.", {}, open_files);
  metrics.gauge_read("process_max_fds", "Files and sockets that may be open.", {}, open_files_max);
  metrics.gauge_read("process_cpu_seconds_total", "CPU time used, user and system.", {},
                     cpu_seconds);
  for (const auto level : {Level::kWarn, Level::kError}) {
    metrics.gauge_read("lianmeng_messages_total", "Log lines written, by level.",
                       {{"level", level == Level::kWarn ? "warn" : "error"}},
                       [level] { return static_cast<double>(messages_logged(level)); });
  }
}

}  // namespace lianmeng::obs
