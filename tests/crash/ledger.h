// What was asked and what was answered: the test's own memory, which no crash touches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace lianmeng::crash {

// One command, however often it was sent.
struct Asked {
  enum class Kind { kSubmit, kComment };
  Kind kind = Kind::kSubmit;
  std::size_t county = 0;
  std::string marker = {};  // In the title or the words: nobody else writes it.
  std::string request_id = {};
  std::string external_id = {};
  std::string demand_id = {};  // Of the answer; of a comment: what it is about.
  // This is the same external command under another request_id: the answer must be the first one's.
  const Asked* again = nullptr;
  int channel = 0;  // Of the first attempt; each later one takes the next.
  int attempts = 0;
  bool answered = false;
  bool given_up = false;   // Not answered, and never asked again.
  std::string place = {};  // Of the answer: "dispatch/7/901".
};

struct Ledger {
  std::deque<Asked> asked;
  std::vector<std::string> wrong;  // One sentence for each thing that must not be.
};

}  // namespace lianmeng::crash
