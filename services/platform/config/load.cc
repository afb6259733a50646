#include "platform/config/load.h"

#include <fmt/format.h>
#include <unistd.h>

#include <toml++/toml.h>
#include <algorithm>
#include <fstream>
#include <iterator>
#include <numeric>
#include <set>

namespace lianmeng::config {
namespace {

constexpr std::string_view kPrefix = "LIANMENG_";

std::size_t edits_between(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto replaced = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row[b.size()];
}

// Collects what is wrong and keeps where each value came from.
class Loader {
 public:
  Loader(const std::vector<Option>& options, void* target) : options_(options), target_(target) {}

  void set(const std::string& name, const Given& given, const std::string& place) {
    const auto found = std::ranges::find(options_, name, &Option::name);
    if (found == options_.end()) return unknown(name, place, names());
    if (const auto wrong = found->set(target_, given))
      add(name, place, fmt::format("{} {}", name, wrong->zh),
          fmt::format("{} {}", name, wrong->en));
    else
      origins_[name] = place;
  }

  void unknown(const std::string& name, const std::string& place,
               const std::vector<std::string>& known) {
    const auto close = nearest(name, known);
    add(name, place, fmt::format("没有选项 {}，最接近的是 {}", name, close),
        fmt::format("unknown key {}; the nearest known one is {}", name, close));
  }

  void add(const std::string& field, const std::string& place, const std::string& zh,
           const std::string& en) {
    wrong_.push_back({field, fmt::format("{}：{}", place, zh), fmt::format("{}: {}", place, en)});
  }

  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& option : options_) result.push_back(option.name);
    return result;
  }

  Result<Origins> finish() && {
    if (wrong_.empty()) return std::move(origins_);
    Error error = make_error(ErrorKind::kInvalidArgument, "CONFIG_INVALID", "");
    for (const auto& violation : wrong_) {
      const auto* line = error.message_en.empty() ? "" : "\n";
      error.message_zh += line + violation.description_zh;
      error.message_en += line + violation.description_en;
    }
    error.violations = std::move(wrong_);
    return fail(std::move(error));
  }

 private:
  const std::vector<Option>& options_;
  void* const target_;
  Origins origins_;
  std::vector<FieldViolation> wrong_;
};

// Nothing when the value is of a kind that no option has.
std::optional<Given> given_of(const toml::node& node) {
  if (const auto* value = node.as_boolean()) return Given{value->get()};
  if (const auto* value = node.as_integer()) return Given{value->get()};
  if (const auto* value = node.as_floating_point()) return Given{value->get()};
  if (const auto* value = node.as_string()) return Given{value->get()};
  const auto* array = node.as_array();
  if (!array) return std::nullopt;
  std::vector<std::string> list;
  for (const auto& item : *array) {
    const auto* text = item.as_string();
    if (!text) return std::nullopt;
    list.push_back(text->get());
  }
  return Given{std::move(list)};
}

void read_table(const toml::table& table, const std::string& prefix, const std::string& file,
                Loader& loader) {
  // In the order of the file, so that the first line that is wrong is named first.
  std::vector<std::pair<std::string, const toml::node*>> entries;
  for (const auto& [key, node] : table) entries.emplace_back(std::string(key.str()), &node);
  std::ranges::stable_sort(entries, {},
                           [](const auto& entry) { return entry.second->source().begin.line; });
  for (const auto& [key, node] : entries) {
    const auto name = prefix + key;
    const auto place = fmt::format("{}:{}", file, node->source().begin.line);
    if (const auto* inner = node->as_table()) {
      read_table(*inner, name + ".", file, loader);
    } else if (const auto given = given_of(*node)) {
      loader.set(name, *given, place);
    } else {
      loader.add(name, place, name + " 的值不是文字、数字、真假或文字的列表",
                 name + " is no text, number, boolean or list of texts");
    }
  }
}

Status read_file(const std::filesystem::path& path, const std::string& only_section,
                 Loader& loader) {
  std::ifstream in(path, std::ios::binary);
  if (!in.is_open() || std::filesystem::is_directory(path)) {
    Error error =
        make_error(ErrorKind::kNotFound, "CONFIG_UNREADABLE",
                   fmt::format("{}: the configuration cannot be read; give another with --config",
                               path.string()));
    error.message_zh = fmt::format("{}：无法读取配置文件，请用 --config 另行指定", path.string());
    return fail(std::move(error));
  }
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  // Debian's library is built with exceptions; they end here.
  try {
    const auto table = toml::parse(bytes, path.string());
    if (only_section.empty()) {
      read_table(table, "", path.string(), loader);
    } else if (const auto* section = table.get_as<toml::table>(only_section)) {
      read_table(*section, only_section + ".", path.string(), loader);
    }
  } catch (const toml::parse_error& error) {
    const auto place = fmt::format("{}:{}", path.string(), error.source().begin.line);
    loader.add("", place, fmt::format("不是合法的 TOML：{}", error.description()),
               fmt::format("not valid TOML: {}", error.description()));
  }
  return {};
}

void read_environment(const std::vector<Option>& options,
                      const std::map<std::string, std::string>& environment, Loader& loader) {
  std::map<std::string, std::string> names;  // By variable.
  std::set<std::string> sections;
  std::vector<std::string> variables;
  for (const auto& option : options) {
    const auto variable = option.environment_name();
    names[variable] = option.name;
    variables.push_back(variable);
    const auto section = option.name.substr(0, option.name.find('.') + 1);
    Option head;
    head.name = section;
    sections.insert(head.environment_name());
  }
  for (const auto& [variable, text] : environment) {
    if (!variable.starts_with(kPrefix)) continue;
    if (const auto found = names.find(variable); found != names.end()) {
      loader.set(found->second, Text{text}, variable);
    } else if (std::ranges::any_of(
                   sections, [&](const auto& section) { return variable.starts_with(section); })) {
      loader.unknown(variable, "environment", variables);
    }
  }
}

}  // namespace

std::map<std::string, std::string> process_environment() {
  std::map<std::string, std::string> result;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string_view::npos)
      result.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return result;
}

Result<Origins> load_into(const std::vector<Option>& options, const Sources& sources,
                          void* target) {
  Loader loader(options, target);
  if (sources.file)
    if (const auto read = read_file(*sources.file, sources.only_section, loader); !read)
      return fail(read.error());
  read_environment(options, sources.environment, loader);
  for (const auto& [name, text] : sources.overrides) loader.set(name, Text{text}, "--" + name);
  return std::move(loader).finish();
}

std::vector<std::string> differing(const std::vector<Option>& options, void* one, void* other) {
  std::vector<std::string> names;
  for (const auto& option : options) {
    if (option.show(one) != option.show(other)) names.push_back(option.name);
  }
  return names;
}

std::string print(const std::vector<Option>& options, void* target, const Origins& origins) {
  // TOML opens each section once.
  std::vector<std::string> sections;
  const auto section_of = [](const Option& option) {
    return option.name.substr(0, option.name.rfind('.'));
  };
  for (const auto& option : options)
    if (std::ranges::find(sections, section_of(option)) == sections.end())
      sections.push_back(section_of(option));
  std::string text;
  for (const auto& section : sections) {
    text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", section);
    for (const auto& option : options) {
      if (section_of(option) != section) continue;
      const auto origin = origins.find(option.name);
      text +=
          fmt::format("# {} / {} (default: {})\n{} = {}{}\n", option.help.zh, option.help.en,
                      option.default_value, option.name.substr(section.size() + 1),
                      option.show(target), origin == origins.end() ? "" : "  # " + origin->second);
    }
  }
  return text;
}

std::string nearest(std::string_view name, const std::vector<std::string>& candidates) {
  std::string best;
  auto fewest = std::numeric_limits<std::size_t>::max();
  for (const auto& candidate : candidates) {
    const auto edits = edits_between(name, candidate);
    if (edits < fewest) fewest = edits, best = candidate;
  }
  return best;
}

}  // namespace lianmeng::config
