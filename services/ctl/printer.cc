#include "ctl/printer.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "ctl/times.h"
#include "ctl/values.h"

namespace lianmeng::ctl {
namespace {

using Field = pb::FieldDescriptor;
constexpr int kColumnGap = 2;
constexpr int kColumnWidthMin = 8;
// Where nothing has to fit a terminal, a table of more columns is still no table.
constexpr std::size_t kColumnsMax = 12;

bool is_scalar(const Field& field) {
  return field.cpp_type() != Field::CPPTYPE_MESSAGE || is_timestamp(field) || is_duration(field);
}

std::int64_t milliseconds_of(const pb::Message& time) {
  const auto& reflection = *time.GetReflection();
  const auto& type = *time.GetDescriptor();
  return reflection.GetInt64(time, type.FindFieldByName("seconds")) * 1000 +
         reflection.GetInt32(time, type.FindFieldByName("nanos")) / 1'000'000;
}

std::string fen_text(std::int64_t fen) {
  const auto sign = fen < 0 ? "-" : "";
  const auto value = fen < 0 ? -fen : fen;
  return fmt::format("{}¥{}.{:02}", sign, value / 100, value % 100);
}

std::string enum_text(const pb::EnumValueDescriptor* value, Lang lang) {
  return value->number() == 0 && value->name().ends_with("_UNSPECIFIED") ? ""
                                                                         : label_of(*value, lang);
}

std::string message_text(const pb::Message& message, const Field& field, Lang lang) {
  if (is_timestamp(field)) return local_time(Time{Duration{milliseconds_of(message)}});
  if (is_duration(field)) return duration_text(Duration{milliseconds_of(message)});
  std::vector<std::string> parts;
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const auto* inner = message.GetDescriptor()->field(i);
    const auto text = cell(message, *inner, lang);
    if (!text.empty()) parts.push_back(label_of(*inner, lang) + "=" + text);
  }
  return join(parts, " ");
}

// What a server shows of an erased person's values. It does not know the reader's language.
constexpr std::string_view kErasedZh = "已删除";

bool is_erased(const pb::Message& message) {
  const auto* field = message.GetDescriptor()->FindFieldByName("erased");
  return field != nullptr && field->cpp_type() == Field::CPPTYPE_BOOL && !field->is_repeated() &&
         message.GetReflection()->GetBool(message, field);
}

// One value; of a repeated field the one at `index`.
std::string value_text(const pb::Message& message, const Field& field, int index, Lang lang) {
  const auto& r = *message.GetReflection();
  const bool many = field.is_repeated();
  switch (field.cpp_type()) {
    case Field::CPPTYPE_INT32:
      return std::to_string(many ? r.GetRepeatedInt32(message, &field, index)
                                 : r.GetInt32(message, &field));
    case Field::CPPTYPE_INT64: {
      const auto value =
          many ? r.GetRepeatedInt64(message, &field, index) : r.GetInt64(message, &field);
      return field.name().ends_with("_fen") ? fen_text(value) : std::to_string(value);
    }
    case Field::CPPTYPE_UINT32:
      return std::to_string(many ? r.GetRepeatedUInt32(message, &field, index)
                                 : r.GetUInt32(message, &field));
    case Field::CPPTYPE_UINT64:
      return std::to_string(many ? r.GetRepeatedUInt64(message, &field, index)
                                 : r.GetUInt64(message, &field));
    case Field::CPPTYPE_DOUBLE:
      return fmt::format(
          "{}", many ? r.GetRepeatedDouble(message, &field, index) : r.GetDouble(message, &field));
    case Field::CPPTYPE_FLOAT:
      return fmt::format(
          "{}", many ? r.GetRepeatedFloat(message, &field, index) : r.GetFloat(message, &field));
    case Field::CPPTYPE_BOOL:
      return (many ? r.GetRepeatedBool(message, &field, index) : r.GetBool(message, &field))
                 ? std::string(tr(lang, "是", "yes"))
                 : std::string(tr(lang, "否", "no"));
    case Field::CPPTYPE_ENUM:
      return enum_text(
          many ? r.GetRepeatedEnum(message, &field, index) : r.GetEnum(message, &field), lang);
    case Field::CPPTYPE_STRING: {
      const auto text =
          many ? r.GetRepeatedString(message, &field, index) : r.GetString(message, &field);
      if (field.type() == Field::TYPE_BYTES) return fmt::format("({} bytes)", text.size());
      if (text == kErasedZh && is_erased(message))
        return std::string(tr(lang, kErasedZh, "erased"));
      return one_line(text);
    }
    case Field::CPPTYPE_MESSAGE:
      return message_text(
          many ? r.GetRepeatedMessage(message, &field, index) : r.GetMessage(message, &field),
          field, lang);
  }
  return "";
}

// Zero and "no" are said where the field can also be absent; else they mean that nothing is there.
bool is_set(const pb::Message& message, const Field& field) {
  return message.GetReflection()->HasField(message, &field);
}

void add_columns(const pb::Descriptor& type, const std::string& prefix, int depth,
                 std::vector<std::string>& out) {
  for (int i = 0; i < type.field_count(); ++i) {
    const auto* field = type.field(i);
    if (field->is_repeated()) {
      if (is_scalar(*field)) out.push_back(prefix + field->name());
    } else if (is_scalar(*field)) {
      out.push_back(prefix + field->name());
    } else if (depth < 3) {
      add_columns(*field->message_type(), prefix + field->name() + ".", depth + 1, out);
    }
  }
}

// What a list shows unasked: its scalars; of a small row, or one that wraps a message, also those
// one level down.
std::vector<std::string> default_columns(const pb::Descriptor& type) {
  constexpr int kSmallRow = 12;
  std::vector<std::string> out;
  for (int i = 0; i < type.field_count(); ++i) {
    const auto* field = type.field(i);
    if (is_scalar(*field) && !field->is_repeated()) {
      out.push_back(field->name());
    } else if (!field->is_repeated() && (i == 0 || type.field_count() <= kSmallRow) &&
               field->containing_oneof() == nullptr) {
      const auto& inner = *field->message_type();
      for (int n = 0; n < inner.field_count(); ++n) {
        if (!is_scalar(*inner.field(n)) || inner.field(n)->is_repeated()) continue;
        out.push_back(field->name() + "." + inner.field(n)->name());
      }
    }
  }
  if (out.empty()) add_columns(type, "", 1, out);
  return out;
}

// Everything set as key and value, nested with dots; lists of messages are put aside.
struct Listed {
  std::string title;
  std::vector<const pb::Message*> rows;
  const pb::Descriptor* type = nullptr;
};

struct Described {
  std::vector<std::vector<std::string>> pairs;
  std::vector<Listed> lists;
};

void describe(const pb::Message& message, const std::string& prefix, Lang lang, Described& out) {
  const auto& reflection = *message.GetReflection();
  const auto& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const auto* field = type.field(i);
    const auto name = prefix + label_of(*field, lang);
    if (field->is_repeated() && !field->is_map() && !is_scalar(*field)) {
      Listed list{name, {}, field->message_type()};
      for (int n = 0; n < reflection.FieldSize(message, field); ++n) {
        list.rows.push_back(&reflection.GetRepeatedMessage(message, field, n));
      }
      if (!list.rows.empty()) out.lists.push_back(std::move(list));
    } else if (is_scalar(*field) || field->is_map()) {
      // Tokens are for programs: they are in JSON.
      const auto text = field->name() == "read_token" ? "" : cell(message, *field, lang);
      if (!text.empty()) out.pairs.push_back({name, text});
    } else if (is_set(message, *field)) {
      // The resource of an answer leads and needs no name before each of its fields.
      const bool resource = i == 0 && prefix.empty() && type.name().ends_with("Response");
      describe(reflection.GetMessage(message, field), resource ? "" : name + ".", lang, out);
    }
  }
}

// What stands above the columns: labels, where no two are the same.
std::vector<std::string> header_of(const pb::Descriptor& type,
                                   const std::vector<std::string>& columns, Lang lang) {
  std::vector<std::string> labels;
  for (const auto& column : columns) {
    std::vector<std::string> parts;
    const auto* inner = &type;
    for (const auto& step : split(column, '.')) {
      const auto* field = inner->FindFieldByName(step);
      parts.push_back(label_of(*field, lang));
      inner = field->message_type();
    }
    labels.push_back(join(parts, "."));
  }
  auto out = labels;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (std::count(labels.begin(), labels.end(), labels[i]) > 1) out[i] = columns[i];
  }
  return out;
}

Result<std::string> list_table(const std::vector<const pb::Message*>& rows,
                               const pb::Descriptor& type, const PrintOptions& options) {
  auto columns = options.columns;
  const bool chosen_here = columns.empty();
  if (chosen_here) columns = default_columns(type);
  std::vector<std::vector<std::string>> cells(rows.size());
  for (const auto& column : columns) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      auto text = cell_at(*rows[i], column, options.lang);
      if (!text) return fail(std::move(text).error());
      cells[i].push_back(std::move(*text));
    }
  }
  if (chosen_here) {
    // A column that says nothing, or the county that was asked for, only takes room.
    for (std::size_t c = columns.size(); c-- > 0;) {
      const bool same = std::all_of(cells.begin(), cells.end(),
                                    [&](const auto& row) { return row[c] == cells.front()[c]; });
      if (!same || (!cells.front()[c].empty() && columns[c] != "county")) continue;
      columns.erase(columns.begin() + static_cast<std::ptrdiff_t>(c));
      for (auto& row : cells) row.erase(row.begin() + static_cast<std::ptrdiff_t>(c));
    }
  }
  auto header = chosen_here ? header_of(type, columns, options.lang) : columns;
  std::vector<std::string> hidden;
  const auto needed = [&] {
    int width = 0;
    for (std::size_t c = 0; c < header.size(); ++c) {
      int widest = display_width(header[c]);
      for (const auto& row : cells) widest = std::max(widest, display_width(row[c]));
      width +=
          std::min(widest, std::max(kColumnWidthMin * 2, display_width(header[c]))) + kColumnGap;
    }
    return width - kColumnGap;
  };
  const auto too_many = [&] {
    if (options.width == 0) return header.size() > kColumnsMax;
    return header.size() > 3 && needed() > options.width;
  };
  while (chosen_here && too_many()) {
    hidden.insert(hidden.begin(), columns[header.size() - 1]);
    header.pop_back();
    for (auto& row : cells) row.pop_back();
  }
  auto out = table(header, cells, options.width);
  if (!hidden.empty()) {
    out +=
        wrap(fmt::format("{}{}",
                         tr(options.lang, "未显示（用 --columns 选）：", "Not shown (--columns): "),
                         join(hidden, ", ")),
             options.width > 0 ? options.width : 100, 0);
  }
  return out;
}

std::string list_footer(const pb::Message& response, std::size_t rows, Lang lang) {
  const auto* token_field = response.GetDescriptor()->FindFieldByName("next_page_token");
  std::string token;
  if (token_field != nullptr && token_field->cpp_type() == Field::CPPTYPE_STRING) {
    token = response.GetReflection()->GetString(response, token_field);
  }
  if (token.empty())
    return fmt::format(
        "{}\n", lang == Lang::kZh ? fmt::format("共 {} 条", rows) : fmt::format("{} in all", rows));
  return lang == Lang::kZh
             ? fmt::format("本页 {} 条，还有更多：--page-token {} 看下一页，--all 看全部\n", rows,
                           token)
             : fmt::format("{} on this page, more there: --page-token {} or --all\n", rows, token);
}

}  // namespace

std::string to_json(const pb::Message& message, bool indented) {
  pb::util::JsonPrintOptions options;
  options.add_whitespace = indented;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string out;
  const auto status = pb::util::MessageToJsonString(message, &out, options);
  if (!status.ok()) return fmt::format("{{\"unprintable\":\"{}\"}}", status.message().as_string());
  return out;
}

std::string cell(const pb::Message& message, const Field& field, Lang lang) {
  const auto& reflection = *message.GetReflection();
  if (field.is_repeated()) {
    std::vector<std::string> parts;
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
      if (field.is_map()) {
        const auto& entry = reflection.GetRepeatedMessage(message, &field, i);
        parts.push_back(value_text(entry, *field.message_type()->map_key(), 0, lang) + "=" +
                        value_text(entry, *field.message_type()->map_value(), 0, lang));
      } else {
        parts.push_back(value_text(message, field, i, lang));
      }
    }
    return join(parts, field.cpp_type() == Field::CPPTYPE_MESSAGE ? "; " : ", ");
  }
  if (!is_set(message, field)) return "";
  return value_text(message, field, 0, lang);
}

namespace {

const Field* field_called(const pb::Descriptor& type, std::string_view given) {
  std::string name(given);
  std::replace(name.begin(), name.end(), '-', '_');
  if (const auto* field = type.FindFieldByName(name)) return field;
  for (int i = 0; i < type.field_count(); ++i) {
    if (label_of(*type.field(i), Lang::kZh) == given) return type.field(i);
  }
  return nullptr;
}

}  // namespace

Result<std::string> cell_at(const pb::Message& row, const std::string& column, Lang lang) {
  const auto* message = &row;
  const auto steps = split(column, '.');
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto* field = field_called(*message->GetDescriptor(), steps[i]);
    if (field == nullptr) {
      const auto known = columns_of(*row.GetDescriptor());
      const auto near = nearest(column, known);
      return fail(usage_error(
          fmt::format("--columns：没有“{}”这一列{} 可用：{}", column,
                      near.empty() ? "。" : fmt::format("，是不是“{}”？", near), join(known, "、")),
          fmt::format("--columns: there is no column \"{}\"{} Known: {}", column,
                      near.empty() ? "." : fmt::format(", did you mean \"{}\"?", near),
                      join(known, ", "))));
    }
    if (i + 1 == steps.size()) return cell(*message, *field, lang);
    if (field->cpp_type() != Field::CPPTYPE_MESSAGE || field->is_repeated()) return std::string();
    if (!is_set(*message, *field)) return std::string();
    message = &message->GetReflection()->GetMessage(*message, field);
  }
  return std::string();
}

std::vector<std::string> columns_of(const pb::Descriptor& row) {
  std::vector<std::string> out;
  add_columns(row, "", 1, out);
  return out;
}

std::string table(const std::vector<std::string>& header,
                  const std::vector<std::vector<std::string>>& rows, int width) {
  std::vector<int> widths(header.size());
  for (std::size_t c = 0; c < header.size(); ++c) {
    widths[c] = display_width(header[c]);
    for (const auto& row : rows) widths[c] = std::max(widths[c], display_width(row[c]));
  }
  if (width > 0) {
    // The widest column gives way first, cell by cell, so that short ones stay whole.
    const auto total = [&] {
      int sum = -kColumnGap;
      for (const int w : widths) sum += w + kColumnGap;
      return sum;
    };
    while (total() > width) {
      const auto widest = std::max_element(widths.begin(), widths.end());
      if (*widest <= kColumnWidthMin) break;
      --*widest;
    }
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string out;
    for (std::size_t c = 0; c < cells.size(); ++c) {
      out += pad(cut(cells[c], widths[c]), widths[c] + kColumnGap);
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out + "\n";
  };
  auto out = line(header);
  for (const auto& row : rows) out += line(row);
  return out;
}

Result<std::string> print_response(const pb::Message& response, const PrintOptions& options) {
  const auto* listed = list_field(*response.GetDescriptor());
  const auto& reflection = *response.GetReflection();
  std::vector<const pb::Message*> rows;
  if (listed != nullptr) {
    for (int i = 0; i < reflection.FieldSize(response, listed); ++i) {
      rows.push_back(&reflection.GetRepeatedMessage(response, listed, i));
    }
  }
  if (options.format == Format::kJson) return to_json(response, true) + "\n";
  if (options.format == Format::kNdjson) {
    if (listed == nullptr) return to_json(response, false) + "\n";
    std::string out;
    for (const auto* row : rows) out += to_json(*row, false) + "\n";
    return out;
  }
  if (listed != nullptr) {
    if (rows.empty()) return std::string(tr(options.lang, "没有记录\n", "None\n"));
    auto out = list_table(rows, *listed->message_type(), options);
    if (!out) return out;
    return *out + list_footer(response, rows.size(), options.lang);
  }

  Described described;
  describe(response, "", options.lang, described);
  std::string out;
  int key_width = 0;
  for (const auto& pair : described.pairs) key_width = std::max(key_width, display_width(pair[0]));
  for (const auto& pair : described.pairs)
    out += pad(pair[0], key_width + kColumnGap) + pair[1] + "\n";
  auto inner = options;
  inner.columns.clear();
  for (const auto& list : described.lists) {
    if (!out.empty()) out += "\n";
    out += list.title + "\n";
    const auto body = list_table(list.rows, *list.type, inner);
    if (!body) return body;
    out += *body;
  }
  if (out.empty()) out = std::string(tr(options.lang, "完成\n", "Done\n"));
  return out;
}

}  // namespace lianmeng::ctl
