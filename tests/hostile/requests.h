// Requests that no honest client makes, beside some that one would.
#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "platform/base/random.h"

namespace lianmeng::hostile {

// What there is on the server, so that requests get past the first check.
struct World {
  std::vector<std::string> counties;
  std::vector<std::string> ids;  // Of organisations, groups, people, posts, memberships.
  std::vector<std::string> demands;
  std::vector<std::string> keys;  // Of rules and templates.
};

// Fills requests field by field. Every choice follows from the seed.
class Requests {
 public:
  Requests(const World& world, std::uint64_t seed) : world_(world), random_(seed) {}

  static std::unique_ptr<google::protobuf::Message> none(const google::protobuf::Descriptor& type);
  // Mostly plausible, with a few fields of it out of all bounds.
  std::unique_ptr<google::protobuf::Message> any(const google::protobuf::Descriptor& type);
  // As much of everything as its limits allow, in characters of four bytes.
  std::unique_ptr<google::protobuf::Message> largest(const google::protobuf::Descriptor& type);

  std::uint64_t below(std::uint64_t bound) { return random_.next() % bound; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  template <class List>
  const auto& pick(const List& list) {
    return list[below(std::size(list))];
  }

 private:
  void fill(google::protobuf::Message* message, int depth);
  void fill_field(google::protobuf::Message* message,
                  const google::protobuf::FieldDescriptor& field, int depth);
  void set_one(google::protobuf::Message* message, const google::protobuf::FieldDescriptor& field,
               bool hostile, int depth);
  std::string text(const google::protobuf::FieldDescriptor& field);
  std::string hostile_text();
  std::int64_t hostile_number();
  void fill_largest(google::protobuf::Message* message, int depth);

  const World& world_;
  SeededRandom random_;
};

}  // namespace lianmeng::hostile
