#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include "platform/obs/endpoint.h"
#include "platform/obs/log.h"
#include "platform/obs/metrics.h"
#include "platform/obs/ops_server.h"

namespace lianmeng::obs {
namespace {

using ::testing::HasSubstr;

TEST(JsonString, EscapesWhatWouldBreakOutOfALine) {
  EXPECT_EQ(json_string("a\"b\\c\nd\te\x01"), R"("a\"b\\c\nd\te\u0001")");
}

TEST(JsonString, KeepsChineseAndReplacesWhatIsNotUtf8) {
  EXPECT_EQ(json_string("合阳"), "\"合阳\"");
  EXPECT_EQ(json_string("a\xff\xe5\x90"), "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
  EXPECT_EQ(json_string("\xc0\xaf\xed\xa0\x80").find('\xc0'), std::string::npos);
}

TEST(Log, WritesOneJsonObjectWithFieldsAndTraceId) {
  std::vector<std::string> lines;
  LogCapture capture([&](const std::string& line) { lines.push_back(line); });
  log(Level::kWarn, "log", "cut a torn tail", {{"file", "1.log"}, {"bytes", 7}, {"ok", true}},
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines[0].starts_with(R"({"time":"20)")) << lines[0];
  EXPECT_THAT(lines[0], HasSubstr(R"("level":"warn","part":"log","message":"cut a torn tail",)"
                                  R"("trace_id":"0af7651916cd43dd8448eb211c80319c",)"
                                  R"("file":"1.log","bytes":7,"ok":true})"));
}

TEST(Log, DropsWhatIsBelowTheLevel) {
  std::vector<std::string> lines;
  LogCapture capture([&](const std::string& line) { lines.push_back(line); });
  set_log_level(Level::kError);
  log_warn("log", "unseen");
  set_log_level(Level::kInfo);
  log_info("log", "seen");
  EXPECT_EQ(lines.size(), 1u);
}

TEST(Log, LevelNamesAreReadAndOthersNamed) {
  EXPECT_EQ(parse_level("warn"), Level::kWarn);
  const auto unknown = parse_level("loud");
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message_en, HasSubstr("\"loud\""));
}

TEST(Metrics, SameNameAndLabelsAreTheSameMetric) {
  Metrics metrics;
  metrics.counter("lianmeng_x_total", "X.", {{"a", "1"}}).add();
  metrics.counter("lianmeng_x_total", "X.", {{"a", "1"}}).add(2);
  metrics.counter("lianmeng_x_total", "X.", {{"a", "2"}}).add();
  EXPECT_THAT(metrics.text(), HasSubstr("lianmeng_x_total{a=\"1\"} 3"));
  EXPECT_THAT(metrics.text(), HasSubstr("lianmeng_x_total{a=\"2\"} 1"));
}

TEST(Metrics, AHandleOfNoMetricsDoesNothing) {
  Counter().add();
  Gauge().set(1);
  Histogram().observe(1);
}

TEST(Metrics, HistogramsCountBelowTheirBounds) {
  Metrics metrics;
  const auto histogram = metrics.histogram("lianmeng_y_seconds", "Y.", {}, {0.1, 1});
  histogram.observe(0.05);
  histogram.observe(0.5);
  EXPECT_THAT(metrics.text(), HasSubstr("lianmeng_y_seconds_bucket{le=\"0.1\"} 1"));
  EXPECT_THAT(metrics.text(), HasSubstr("lianmeng_y_seconds_bucket{le=\"1\"} 2"));
}

TEST(Metrics, ReadGaugesAreAskedWhenScraped) {
  Metrics metrics;
  double value = 1;
  metrics.gauge_read("lianmeng_z", "Z.", {{"k", "v"}}, [&] { return value; });
  value = 5;
  EXPECT_THAT(metrics.text(), HasSubstr("lianmeng_z{k=\"v\"} 5"));
}

TEST(Metrics, ReadHistogramsTellCountsBelowEachBound) {
  Metrics metrics;
  LatencyCounts counts;
  counts.add(std::chrono::microseconds(60));
  counts.add(std::chrono::milliseconds(3));
  counts.add(std::chrono::seconds(30));
  metrics.histogram_read("lianmeng_w_seconds", "W.", {{"k", "v"}}, [&] { return counts; });
  const auto text = metrics.text();
  EXPECT_THAT(text, HasSubstr("# TYPE lianmeng_w_seconds histogram"));
  EXPECT_THAT(text, HasSubstr("lianmeng_w_seconds_bucket{k=\"v\",le=\"5e-05\"} 0"));
  EXPECT_THAT(text, HasSubstr("lianmeng_w_seconds_bucket{k=\"v\",le=\"0.0001\"} 1"));
  EXPECT_THAT(text, HasSubstr("lianmeng_w_seconds_bucket{k=\"v\",le=\"0.005\"} 2"));
  EXPECT_THAT(text, HasSubstr("lianmeng_w_seconds_bucket{k=\"v\",le=\"10\"} 2"));
  EXPECT_THAT(text, HasSubstr("lianmeng_w_seconds_bucket{k=\"v\",le=\"+Inf\"} 3"));
  EXPECT_THAT(text, HasSubstr("lianmeng_w_seconds_count{k=\"v\"} 3"));
}

TEST(Metrics, ProcessMetricsTellVersionAndMemory) {
  Metrics metrics;
  add_process_metrics(metrics, "1.2.3");
  const auto text = metrics.text();
  EXPECT_THAT(text, HasSubstr("lianmeng_build_info{version=\"1.2.3\"} 1"));
  EXPECT_THAT(text, HasSubstr("# TYPE process_cpu_seconds_total counter"));
  EXPECT_THAT(text, HasSubstr("process_resident_memory_bytes "));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("process_resident_memory_bytes 0")));
}

TEST(Endpoint, ReadsHostAndPort) {
  EXPECT_EQ(to_string(*parse_endpoint("127.0.0.1:9464")), "127.0.0.1:9464");
  EXPECT_EQ(to_string(*parse_endpoint("[::1]:50051")), "[::1]:50051");
  for (const auto* wrong : {"", "9464", "127.0.0.1", "::1:5", "h:70000", "h:-1", "h:1x", ":80"}) {
    EXPECT_FALSE(parse_endpoint(wrong)) << wrong;
  }
}

TEST(Endpoint, OnlyThisMachineIsLoopback) {
  EXPECT_TRUE(is_loopback({"127.0.0.1", 1}));
  EXPECT_TRUE(is_loopback({"127.8.0.1", 1}));
  EXPECT_TRUE(is_loopback({"::1", 1}));
  EXPECT_TRUE(is_loopback({"localhost", 1}));
  EXPECT_FALSE(is_loopback({"0.0.0.0", 1}));
  EXPECT_FALSE(is_loopback({"::", 1}));
  EXPECT_FALSE(is_loopback({"192.168.0.1", 1}));
  EXPECT_FALSE(is_loopback({"127.example.org", 1}));
}

class OpsServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto started = OpsServer::start({"127.0.0.1:0"}, metrics, [this] { return readiness; });
    ASSERT_TRUE(started) << started.error().message_en;
    server = std::move(*started);
  }
  httplib::Result get(const char* path) {
    return httplib::Client("127.0.0.1", server->port()).Get(path);
  }

  Metrics metrics;
  Readiness readiness;
  std::unique_ptr<OpsServer> server;
};

TEST_F(OpsServerTest, ServesMetricsAndLife) {
  metrics.counter("lianmeng_x_total", "X.").add();
  const auto scraped = get("/metrics");
  ASSERT_TRUE(scraped);
  EXPECT_EQ(scraped->status, 200);
  EXPECT_THAT(scraped->body, HasSubstr("lianmeng_x_total 1"));
  EXPECT_EQ(get("/livez")->status, 200);
  EXPECT_EQ(get("/elsewhere")->status, 404);
}

TEST_F(OpsServerTest, ReadyzSaysWhyNot) {
  readiness.reasons = {"dispatch/7: replaying, 901 events behind"};
  const auto waiting = get("/readyz");
  EXPECT_EQ(waiting->status, 503);
  EXPECT_EQ(waiting->body, "dispatch/7: replaying, 901 events behind\n");
  readiness.reasons.clear();
  EXPECT_EQ(get("/readyz")->status, 200);
}

TEST_F(OpsServerTest, ATakenPortIsToldWithTheRemedy) {
  const auto second = OpsServer::start({"127.0.0.1:" + std::to_string(server->port())}, metrics,
                                       [] { return Readiness{}; });
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message_en, HasSubstr("another process has the port"));
}

TEST_F(OpsServerTest, StopsTwiceInPeace) {
  server->stop();
  server->stop();
}

}  // namespace
}  // namespace lianmeng::obs
