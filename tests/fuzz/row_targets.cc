// What a store gives back: rows of every table, and where a host stands in its logs. RocksDB checks
// the bytes of its blocks, so these are whole; that they mean what a fold would have written is
// believed by nobody here.
#include <google/protobuf/message.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "dispatch/domain/tables.h"
#include "fuzz/target.h"
#include "lianmeng/runtime/v1/runtime_events.pb.h"
#include "membership/domain/tables.h"
#include "membership/projection/roster_tables.h"
#include "notification/domain/tables.h"
#include "platform/runtime/positions.h"
#include "platform/runtime/tables.h"
#include "platform/state/key.h"
#include "platform/state/table.h"
#include "platform/state/view.h"

namespace lianmeng::fuzz {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kDepthMax = 4;

// Every field has something, down to a depth: where a search begins.
void fill(Message& message, int depth) {
  const auto* reflection = message.GetReflection();
  const auto* descriptor = message.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    if (field->is_map()) continue;
    // A number for a field of any type: the text of its digits where it wants text.
    const bool repeated = field->is_repeated();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        if (depth == kDepthMax) break;
        fill(*(repeated ? reflection->AddMessage(&message, field)
                        : reflection->MutableMessage(&message, field)),
             depth + 1);
        break;
      case FieldDescriptor::CPPTYPE_STRING:
        repeated ? reflection->AddString(&message, field, "o7")
                 : reflection->SetString(&message, field, "o7");
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        repeated ? reflection->AddEnumValue(&message, field, 2)
                 : reflection->SetEnumValue(&message, field, 2);
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        repeated ? reflection->AddInt64(&message, field, 7)
                 : reflection->SetInt64(&message, field, 7);
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        repeated ? reflection->AddUInt64(&message, field, 7)
                 : reflection->SetUInt64(&message, field, 7);
        break;
      default:
        break;  // What is left empty the search finds by itself.
    }
  }
}

struct RowKind {
  std::string example;
  std::function<void(std::string_view bytes)> run;
};

// What parses as a row is written, found again as the same, and leaves nothing when it is erased:
// each entry and each count of its indexes was taken back.
template <class Row>
void run_row(const state::Table<Row>& table, std::string_view bytes) {
  Row row;
  if (!row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  const state::EmptyView nothing;
  state::Layer rows(nothing);
  table.put(rows, row);
  const auto prefix = table.prefix();
  auto cursor = rows.cursor();
  cursor->seek(prefix);
  CHECKED(cursor->valid() && cursor->key().starts_with(prefix));
  const auto primary = std::string(cursor->key().substr(prefix.size()));
  const auto found = table.find(rows, state::Key{}.raw(primary));
  CHECKED(found.has_value());
  CHECKED(state::internal::serialize(*found) == cursor->value());
  table.put(rows, *found);
  table.erase(rows, state::Key{}.raw(primary));
  cursor = rows.cursor();
  cursor->seek("");
  CHECKED(!cursor->valid());
}

template <class Row>
RowKind kind_of(const state::Table<Row>& table) {
  Row row;
  fill(row, 0);
  return {state::internal::serialize(row),
          [&table](std::string_view bytes) { run_row(table, bytes); }};
}

// In the order of the first byte of an input; new ones at the end, since corpora speak of it.
const std::vector<RowKind>& kinds() {
  static const std::vector<RowKind> kAll{
      kind_of(dispatch::demands()),
      kind_of(dispatch::history()),
      kind_of(dispatch::settings()),
      kind_of(dispatch::routing_rules()),
      kind_of(dispatch::resettling()),
      kind_of(membership::history()),
      kind_of(membership::erasures()),
      kind_of(membership::reveals()),
      kind_of(membership::roster::counties()),
      kind_of(membership::roster::organisations()),
      kind_of(membership::roster::people()),
      kind_of(membership::roster::posts()),
      kind_of(membership::roster::memberships()),
      kind_of(notification::rules()),
      kind_of(notification::templates()),
      kind_of(notification::template_versions()),
      kind_of(notification::postings()),
      kind_of(notification::notices()),
      kind_of(notification::inboxes()),
      kind_of(notification::mailings()),
      kind_of(notification::trigger_settings()),
      kind_of(notification::demands()),
  };
  return kAll;
}

std::vector<std::string> example_rows() {
  std::vector<std::string> examples;
  for (const auto& kind : kinds()) {
    examples.push_back(std::string(1, static_cast<char>(examples.size())) + kind.example);
  }
  return examples;
}

std::string example_position() {
  runtime::v1::TipRow row;
  fill(row, 0);
  return row.SerializeAsString();
}

std::string position_key(std::string_view of) {
  return std::string(1, static_cast<char>(runtime::tables::kPositions)) +
         state::Key{}.add(of).bytes();
}

}  // namespace

// The first byte chooses the table, the others are a row of it.
FUZZ_TARGET(row, example_rows()) {
  if (bytes.empty()) return;
  const auto& kind = kinds()[static_cast<unsigned char>(bytes.front()) % kinds().size()];
  kind.run(bytes.substr(1));
}

// Where a host stands: what was understood is written and read again as the same.
FUZZ_TARGET(position, {example_position()}) {
  if (!runtime::v1::TipRow().ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  const state::EmptyView nothing;
  state::Layer rows(nothing);
  rows.put(position_key(""), bytes);
  rows.put(position_key("dispatch"), bytes);
  const auto own = runtime::positions::read_own(rows);
  const auto foreign = runtime::positions::read_foreign(rows, "dispatch");
  runtime::positions::write_own(rows, own);
  runtime::positions::write_foreign(rows, "dispatch", foreign);
  const auto own_again = runtime::positions::read_own(rows);
  const auto foreign_again = runtime::positions::read_foreign(rows, "dispatch");
  CHECKED(own_again.tip.id == own.tip.id && own_again.tip.sequence == own.tip.sequence &&
          own_again.tip.offset == own.tip.offset && own_again.tip.time == own.tip.time &&
          own_again.next == own.next && own_again.newest_request_ms == own.newest_request_ms);
  CHECKED(foreign_again.settled.id == foreign.settled.id &&
          foreign_again.projected == foreign.projected);
}

}  // namespace lianmeng::fuzz
