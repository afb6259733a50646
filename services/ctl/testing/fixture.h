// What the tests of the command line share: the test service's catalogue, a captured terminal,
// errors as a server sends them.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "ctl/app.h"
#include "ctl/testing/fake_server.h"

namespace lianmeng::ctl::testing {

const Catalogue& catalogue();

// A message of the test service ("MakeThingRequest") from JSON; ends the program when it is wrong.
std::unique_ptr<pb::Message> message(const std::string& name, const std::string& json = "{}");

struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};

// The program run in this process.
struct Terminal {
  std::map<std::string, std::string> variables;
  std::string input;
  int width = 0;
  std::atomic<bool> stop{false};

  Ran run(const std::vector<std::string>& arguments);
};

// FAILED_PRECONDITION with a reason, both texts and, when given, a field.
FakeAnswer refusal(const std::string& reason, const std::string& zh, const std::string& en,
                   const std::string& field = "");
FakeAnswer answer(std::unique_ptr<pb::Message> message);
FakeAnswer failure(int code, const std::string& text);

inline constexpr int kFailedPrecondition = 9;
inline constexpr int kUnavailable = 14;

}  // namespace lianmeng::ctl::testing
