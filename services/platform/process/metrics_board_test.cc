#include "platform/process/metrics_board.h"

#include <gmock/gmock.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace lianmeng::process {
namespace {

using Names = std::set<std::string>;

Names names_in(const std::string& text, const char* pattern) {
  Names names;
  const std::regex expression(pattern);
  for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at) {
    names.insert(at->str(1));
  }
  return names;
}

Names told_with(LogStats log) {
  obs::Metrics metrics;
  const MetricsBoard board(metrics, std::move(log), {"dispatch"}, 1, "/");
  return names_in(metrics.text(), "# TYPE ([a-z0-9_]+) ");
}

// The paragraph of docs/metrics.md on processes of one service; its table is held against a live
// server by tests/e2e/metrics_test.py.
std::string paragraph() {
  std::ifstream in(LIANMENG_METRICS);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("**A process of one service on Kafka**")) return line;
  }
  ADD_FAILURE() << LIANMENG_METRICS << " says nothing of processes on Kafka";
  return {};
}

TEST(MetricsBoard, OnKafkaItTellsTheSameButForWhatTheTableNames) {
  const auto embedded = told_with(log::EmbeddedLogStats());
  const auto kafka = told_with(log::KafkaLogStats());
  Names missing;
  std::set_difference(embedded.begin(), embedded.end(), kafka.begin(), kafka.end(),
                      std::inserter(missing, missing.end()));
  EXPECT_THAT(missing,
              ::testing::ContainerEq(names_in(paragraph(), "`(lianmeng_log_[a-z0-9_]+)`")));
  EXPECT_THAT(embedded, ::testing::IsSupersetOf(kafka));
}

}  // namespace
}  // namespace lianmeng::process
