#include <unistd.h>

#include <filesystem>

#include "platform/log/embedded/embedded_log.h"
#include "platform/log/sim/sim_log.h"
#include "platform/log/testing/log_contract.h"
#include "platform/log/testing/temp_folder.h"

namespace lianmeng::log {
namespace {

class EmbeddedFixture final : public ThreadedFixture {
 public:
  // Small segments and a small tail, so that all three ways of reading are taken.
  EmbeddedFixture() { open(); }

  LogCapabilities capabilities() const override {
    return {.reopen = true, .recreate = true, .faults = false, .threads = true};
  }
  Log& client(int) override { return *log_; }
  void reopen() override {
    log_.reset();
    open();
  }
  void recreate(const TopicPartition&) override {
    log_.reset();
    std::filesystem::remove_all(folder_.path());
    open();
  }

 private:
  void open() {
    EmbeddedLogConfig config;
    config.path = folder_.path();
    config.segment_bytes = 1024 * 1024;
    config.tail_cache_bytes = 64 * 1024;
    auto log = EmbeddedLog::open(config, clock_, {});
    if (!log) throw std::runtime_error(log.error().message_en);
    log_ = std::move(*log);
  }

  TempFolder folder_;
  SystemClock clock_;
  std::unique_ptr<EmbeddedLog> log_;
};

class SimFixture final : public LogFixture {
 public:
  SimFixture() : log_(scheduler_, 7), clients_{log_.client(0), log_.client(1)} {}

  LogCapabilities capabilities() const override {
    return {.reopen = false, .recreate = true, .faults = true, .threads = false};
  }
  Log& client(int id) override { return *clients_[id]; }
  bool wait(const std::function<bool()>& condition) override {
    return scheduler_.run_until(condition);
  }
  void changed() override {}
  void recreate(const TopicPartition& at) override { log_.recreate(at); }
  void set_fault(Fault fault) override {
    SimLogFaults faults;
    if (fault == Fault::kFailed) faults.failed = 1000;
    if (fault == Fault::kLostReply) faults.lost_reply = 1000;
    if (fault == Fault::kLate) faults.late = 1000;
    if (fault == Fault::kPartial) faults.partial = 1000;
    if (fault == Fault::kHole) faults.hole = 1000;
    if (fault == Fault::kDuplicate) faults.duplicate = 1000;
    if (fault == Fault::kGap) faults.gap = 1000;
    log_.set_faults(faults);
  }
  void settle() override {
    log_.heal();
    scheduler_.run_all();
  }

 private:
  sim::SimScheduler scheduler_;
  SimLog log_;
  std::unique_ptr<Log> clients_[2];
};

// A calm cluster in which everything takes its time, so that the order of things varies.
class SlowSimFixture final : public LogFixture {
 public:
  SlowSimFixture() : log_(scheduler_, 11, slow()), clients_{log_.client(0), log_.client(1)} {}

  LogCapabilities capabilities() const override { return {.recreate = true}; }
  Log& client(int id) override { return *clients_[id]; }
  bool wait(const std::function<bool()>& condition) override {
    return scheduler_.run_until(condition);
  }
  void changed() override {}
  void recreate(const TopicPartition& at) override { log_.recreate(at); }

 private:
  static SimLogFaults slow() {
    SimLogFaults faults;
    faults.append_delay_max = Duration(50);
    faults.reply_delay_max = Duration(50);
    faults.delivery_delay_max = Duration(100);
    faults.end_offset_delay_max = Duration(50);
    faults.delivery_records_max = 3;
    faults.split = 500;
    return faults;
  }

  sim::SimScheduler scheduler_;
  SimLog log_;
  std::unique_ptr<Log> clients_[2];
};

INSTANTIATE_TEST_SUITE_P(Embedded, LogContract,
                         testing::Values([] { return std::make_unique<EmbeddedFixture>(); }));
INSTANTIATE_TEST_SUITE_P(Sim, LogContract,
                         testing::Values([] { return std::make_unique<SimFixture>(); }));
INSTANTIATE_TEST_SUITE_P(SlowSim, LogContract,
                         testing::Values([] { return std::make_unique<SlowSimFixture>(); }));

}  // namespace
}  // namespace lianmeng::log
