// Answers as people and programs read them: aligned tables, key and value, JSON, a line of JSON
// each.
#pragma once

#include <string>
#include <vector>

#include "ctl/descriptors.h"
#include "ctl/text.h"
#include "platform/base/error.h"

namespace lianmeng::ctl {

enum class Format { kTable, kJson, kNdjson };

struct PrintOptions {
  Format format = Format::kTable;
  Lang lang = Lang::kEn;
  std::vector<std::string> columns;  // Of lists; empty: chosen by content.
  int width = 0;                     // Of the terminal; 0: nothing is cut.
};

// Proto JSON with the names of the proto, every field written. Indented, or on one line.
std::string to_json(const pb::Message& message, bool indented);

// One value as a cell: local times, enums by label, lists with commas; empty when not set.
std::string cell(const pb::Message& message, const pb::FieldDescriptor& field,
                 Lang lang = Lang::kEn);

// "asker.person-id", "asker.person_id" and Chinese labels all lead there. Empty when not set.
Result<std::string> cell_at(const pb::Message& row, const std::string& column,
                            Lang lang = Lang::kEn);
// The columns that a list of these may show, nested ones with dots.
std::vector<std::string> columns_of(const pb::Descriptor& row);

std::string table(const std::vector<std::string>& header,
                  const std::vector<std::vector<std::string>>& rows, int width);

// A whole answer: a list as a table, a resource as key and value with its lists beneath.
Result<std::string> print_response(const pb::Message& response, const PrintOptions& options);

}  // namespace lianmeng::ctl
