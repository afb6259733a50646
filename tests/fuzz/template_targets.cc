// The words of notices as coordinators write them.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/target.h"
#include "lianmeng/notification/v1/notification_events.pb.h"
#include "notification/domain/builtin.h"
#include "notification/domain/render.h"
#include "notification/domain/template.h"
#include "notification/domain/vocabulary.h"

namespace lianmeng::fuzz {
namespace {

namespace v1 = notification::v1;

// Trigger, title, text: as the target takes them apart.
std::string input_of(v1::Trigger trigger, const std::string& title, const std::string& text) {
  return std::string(1, static_cast<char>(trigger)) + title + "\n" + text;
}

std::vector<std::string> example_templates() {
  std::vector<std::string> examples;
  for (const auto& each : notification::builtin_templates()) {
    const auto& spec = each.current();
    examples.push_back(input_of(spec.trigger(), spec.title_zh(), spec.text_zh()));
    examples.push_back(input_of(spec.trigger(), spec.title_en(), spec.text_en()));
  }
  return examples;
}

bool has_brace(std::string_view text) { return text.find_first_of("{}") != text.npos; }

}  // namespace

// The first byte chooses the trigger, the first line is the title, what is left the text: once as
// Chinese, once as English. What is taken is rendered without a brace left over; what is not taken
// comes back from being rendered too, since an older version may have taken it.
FUZZ_TARGET(notice_template, example_templates()) {
  if (bytes.empty()) return;
  const auto trigger = static_cast<v1::Trigger>(static_cast<unsigned char>(bytes.front()) %
                                                static_cast<unsigned>(v1::Trigger_ARRAYSIZE));
  bytes.remove_prefix(1);
  const auto end = std::min(bytes.find('\n'), bytes.size());
  const std::string title(bytes.substr(0, end));
  const std::string text(bytes.substr(std::min(bytes.size(), end + 1)));
  v1::TemplateSpec spec;
  spec.set_template_key("fuzz");
  spec.set_trigger(trigger);
  spec.set_title_zh(title);
  spec.set_text_zh(text);
  spec.set_title_en(text);
  spec.set_text_en(title);
  const bool taken = !notification::refuse_words(spec, "template");

  // Values are put in once and never read for variables themselves.
  notification::VariableValues values;
  for (const auto* variable : notification::variables_of(trigger)) {
    auto& value = *values.Add();
    value.set_name(std::string(variable->name));
    value.set_text("<" + std::string(variable->name) + ">");
  }
  const auto rendered = notification::render(spec, values);
  const auto empty = notification::render(spec, {});
  const auto example = notification::render_example(spec, {{"number", "7"}});
  if (!taken) return;
  CHECKED(notification::variables_in(title) && notification::variables_in(text));
  for (const auto& each : {rendered, empty, example}) {
    CHECKED(!has_brace(each.title) && !has_brace(each.text) && !has_brace(each.title_en) &&
            !has_brace(each.text_en));
  }
  // Each variable that it names is there with its value.
  const auto shows = [](std::string_view words, const std::string& made) {
    const auto named = notification::variables_in(words);
    return std::ranges::all_of(*named, [&](const std::string& name) {
      return made.find("<" + name + ">") != std::string::npos;
    });
  };
  CHECKED(shows(title, rendered.title) && shows(text, rendered.text));
}

}  // namespace lianmeng::fuzz
