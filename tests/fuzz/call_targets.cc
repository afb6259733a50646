// What comes with a call: ids, tokens, times, metadata, shared fields, requests.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ctl/descriptors.h"
#include "ctl/values.h"
#include "fuzz/catalogue.h"
#include "fuzz/target.h"
#include "platform/base/ids.h"
#include "platform/base/random.h"
#include "platform/base/time.h"
#include "platform/base/trace.h"
#include "platform/limits/limits.h"
#include "platform/limits/unreadable.h"
#include "platform/rpc/fields.h"
#include "platform/rpc/hash.h"
#include "platform/rpc/metadata.h"
#include "platform/state/key.h"
#include "platform/state/table.h"
#include "platform/state/view.h"

namespace lianmeng::fuzz {
namespace {

// The lines of the input, at most so many; what is left is in the last.
std::vector<std::string_view> lines_of(std::string_view bytes, std::size_t count) {
  std::vector<std::string_view> lines;
  while (lines.size() + 1 < count) {
    const auto end = std::min(bytes.find('\n'), bytes.size());
    lines.push_back(bytes.substr(0, end));
    bytes.remove_prefix(std::min(bytes.size(), end + 1));
  }
  lines.push_back(bytes);
  return lines;
}

constexpr int kRows = 20;

// The token of the next page of three, in a list of kRows.
Result<std::string> page_behind(const std::string& token) {
  constexpr std::uint8_t kTable = 7;
  constexpr std::uint8_t kIndex = 1;
  static const auto prefix = state::internal::index_prefix(kTable, kIndex, "all");
  static const state::EmptyView nothing;
  static const auto* rows = [] {
    auto* rows = new state::Layer(nothing);  // For as long as the process.
    for (std::uint64_t i = 0; i < kRows; ++i) {
      const auto primary = state::Key{}.add(i).bytes();
      state::internal::update_indexes(*rows, primary, {}, {{prefix + primary, ""}});
    }
    return rows;
  }();
  state::PageRequest page;
  page.page_size = 3;
  page.page_token = token;
  return state::internal::scan_index(*rows, {prefix}, state::Counted::kNo, page,
                                     [](std::string_view) { return true; });
}

const std::vector<const google::protobuf::MethodDescriptor*>& all_methods() {
  static const auto methods = [] {
    std::vector<const google::protobuf::MethodDescriptor*> methods;
    for (const auto& service : catalogue().services()) {
      for (int i = 0; i < service.descriptor->method_count(); ++i) {
        methods.push_back(service.descriptor->method(i));
      }
    }
    return methods;
  }();
  return methods;
}

// The fields that all share, for each method.
std::vector<std::string> example_requests() {
  std::vector<std::string> requests;
  for (std::size_t choice = 0; choice < all_methods().size(); ++choice) {
    const auto request = catalogue().new_message(*all_methods()[choice]->input_type());
    (void)ctl::merge_json(*request, R"({"county": "610524"})");
    requests.push_back(static_cast<char>(choice) + request->SerializeAsString());
  }
  return requests;
}

}  // namespace

// A read token, and a cause in the log.
FUZZ_TARGET(place, {"dispatch/7/901"}) {
  const auto place = parse_place(bytes);
  if (place) CHECKED(parse_place(to_string(*place)) == *place);
}

FUZZ_TARGET(actor,
            {"person:610524-p3", "county-system:tax;for=610524-p4", "operator:root", "system"}) {
  const auto actor = parse_actor(bytes);
  if (actor) CHECKED(parse_actor(to_string(*actor)) == *actor);
}

FUZZ_TARGET(time, {"2026-11-22T01:02:03.004Z", "1582-10-15T00:00:00.000Z"}) {
  const auto time = parse_rfc3339(bytes);
  if (time) CHECKED(parse_rfc3339(to_rfc3339(*time)) == *time);
}

FUZZ_TARGET(traceparent, {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}) {
  SeededRandom random(1);
  const auto child = child_traceparent(bytes, random);
  CHECKED(is_traceparent(child));
  if (is_traceparent(bytes)) CHECKED(trace_id_of(child) == trace_id_of(bytes));
}

// A key in a page token or a store: parts as they come, and the key again from them.
FUZZ_TARGET(state_key, {state::Key{}.add("610524").add(std::string("a\0b", 3)).bytes()}) {
  state::KeyReader reader(bytes);
  state::Key key;
  std::string text;
  while (!reader.done() && reader.text(&text)) key.add(text);
  if (reader.done()) CHECKED(key.bytes() == bytes);
  const auto end = state::prefix_end(bytes);
  CHECKED(end.empty() || end > bytes);
}

// A page token from anywhere: an error, or a place from which the list goes on and ends.
FUZZ_TARGET(page_token, {*page_behind("")}) {
  std::string token(bytes);
  for (int pages = 0; pages <= kRows; ++pages) {
    const auto next = page_behind(token);
    if (!next || next->empty()) return;
    token = *next;
  }
  CHECKED(false);  // The list goes round in a circle.
}

FUZZ_TARGET(metadata,
            {"person:610524-p3\n2\n500\n00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}) {
  SeededRandom random(1);
  const auto lines = lines_of(bytes, 4);
  const auto caller = rpc::read_metadata({lines[0], lines[1], lines[2], lines[3]},
                                         Actor{Actor::Kind::kOperator, "root", ""}, random);
  if (!caller) return;
  CHECKED(is_traceparent(caller->traceparent));
  CHECKED(caller->actor.kind != Actor::Kind::kSystem);
}

FUZZ_TARGET(
    shared_fields,
    {"610524\n019b7dda-63ec-7154-a13a-9f41137e739a\nhy-tuan\ndispatch/7/901\nmembership/7/1"}) {
  const auto lines = lines_of(bytes, 5);
  platform::v1::CallFields request;
  request.set_county(std::string(lines[0]));
  request.set_request_id(std::string(lines[1]));
  request.set_external_id(std::string(lines[2]));
  request.add_read_tokens(std::string(lines[3]));
  request.add_read_tokens(std::string(lines[4]));
  const auto fields = rpc::read_fields(request, SystemClock().now());
  if (fields) CHECKED(fields->county.str() == lines[0] && fields->tokens.size() <= 2);
}

// A request of any method: the first byte chooses it, the others are its bytes.
FUZZ_TARGET(request, example_requests()) {
  if (bytes.empty()) return;
  const auto& methods = all_methods();
  static const auto* hasher = [] {
    auto* hasher = new rpc::RequestHasher;  // Lives as long as the descriptors.
    for (const auto* method : all_methods()) hasher->learn(*method->input_type());
    return hasher;
  }();
  const auto& type =
      *methods[static_cast<unsigned char>(bytes.front()) % methods.size()]->input_type();
  const auto request = catalogue().new_message(type);
  if (!request->ParseFromArray(bytes.data() + 1, static_cast<int>(bytes.size() - 1))) {
    limits::mark_unreadable(request.get(), bytes.substr(1));
    std::vector<FieldViolation> wrong;
    CHECKED(!limits::check_readable(*request, &wrong) && wrong.size() == 1);
    return;
  }
  static auto* known =
      new std::map<const google::protobuf::Descriptor*, std::unique_ptr<limits::RequestLimits>>;
  auto& checks = (*known)[&type];
  if (checks == nullptr) checks = std::make_unique<limits::RequestLimits>(type);
  std::vector<FieldViolation> wrong;
  checks->check(*request, &wrong);
  CHECKED(wrong.size() <= limits::RequestLimits::kViolationsMax);
  CHECKED(hasher->hash(*request) == hasher->hash(*request));
}

}  // namespace lianmeng::fuzz
