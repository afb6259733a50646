// Files that people and other programs write: configuration, imports, the command line's values,
// the key store.
#include <filesystem>
#include <memory>
#include <span>
#include <sstream>
#include <string>

#include "ctl/embedded.h"
#include "ctl/import_file.h"
#include "ctl/request_builder.h"
#include "ctl/times.h"
#include "ctl/values.h"
#include "fuzz/catalogue.h"
#include "fuzz/scratch_folder.h"
#include "fuzz/target.h"
#include "platform/base/ids.h"
#include "platform/config/load.h"
#include "platform/log/backup/manifest.h"
#include "platform/process/config.h"
#include "platform/seal/file_key_store.h"
#include "platform/seal/key_backup.h"

namespace lianmeng::fuzz {

const ctl::Catalogue& catalogue() {
  static const ctl::Catalogue catalogue(ctl::embedded_services());
  return catalogue;
}

namespace {

Status count_up(std::span<std::uint8_t> out) {
  static std::uint8_t next = 0;
  for (auto& byte : out) byte = ++next;
  return {};
}

// The store in `file`, which is there or is not.
Result<std::unique_ptr<seal::KeyStore>> open_keys(const std::filesystem::path& file) {
  const auto master = write_scratch("master.key", std::string(seal::kKeyBytes, 'k'));
  return seal::open_file_key_store({file.parent_path(), master}, count_up,
                                   [](const std::string&) {});
}

// Two keys, one of them erased.
std::string example_keys() {
  const auto file = scratch_folder() / "example" / "keys";
  const auto store = open_keys(file);
  LM_ASSERT(store, "{}", store.error().message_en);
  const auto erased = (*store)->get_or_create("610524-p1");
  LM_ASSERT(erased && (*store)->get_or_create("610524-p2") && (*store)->erase({&*erased, 1}));
  return read_scratch("example/keys");
}

log::Manifest example_manifest() {
  log::Manifest manifest;
  manifest.partitions = kPartitions;
  manifest.segments = {{1, 4096, 77}, {2, 512, 78}};
  manifest.ends = {{{"lianmeng.dispatch.v1", 7}, 901}};
  return manifest;
}

constexpr const char* kToml = R"([data]
path = "data"

[log]
level = "debug"
segment_mib = 16
)";

constexpr const char* kCounty = R"(county = "610524"
name = "合阳县"

[[people]]
name = "首批"
posts = [{role = "county-officer"}]
)";

constexpr const char* kImport = R"(# 合阳县
{"command": "membership.CreateOrganisation", "actor": "person:610524-p1", "effective_time": "2023-01-03 09:00", "external_id": "hy-tuan", "county": "610524", "request": {"name": "红色助力团", "kind": "team"}}
{"command": "membership.CreateOrganisation", "actor": "person:610524-p1", "effective_time": "2023-01-03 09:01", "external_id": "hy-jishu", "county": "610524", "request": {"name": "技术组", "kind": "group", "parent_organisation_id": "@hy-tuan"}}
)";

}  // namespace

// What it loads it prints so that it loads again.
FUZZ_TARGET(config, {kToml}) {
  const auto file = write_scratch("lianmeng.toml", bytes);
  config::Sources sources;
  sources.file = file;
  const auto options = process::options();
  process::Config config;
  const auto origins = config::load_into(options.list(), sources, &config);
  if (!origins) return;
  const auto printed = config::print(options.list(), &config, *origins);
  write_scratch("lianmeng.toml", printed);
  process::Config again;
  const auto reloaded = config::load_into(options.list(), sources, &again);
  CHECKED(reloaded.has_value());
}

// A file of commands, up to the requests that would be sent.
FUZZ_TARGET(import_file, {kImport}) {
  const auto file = ctl::read_import(catalogue(), std::string(bytes), "operator:root");
  if (!file.problems.empty()) return;
  ctl::Resolved resolved;
  for (const auto& line : file.lines) {
    for (const auto& reference : line.references) resolved[reference] = "610524-p1";
  }
  for (const auto& line : file.lines) {
    (void)ctl::make_request(catalogue(), line, resolved);
    (void)ctl::make_actor(line, resolved);
  }
}

FUZZ_TARGET(ctl_time, {"2023-04-24 09:30:15", "2023-04-24", "90s", "1d"}) {
  if (const auto time = ctl::parse_time(bytes)) {
    CHECKED(ctl::parse_time(ctl::local_time(*time, true)).has_value());
  }
  if (const auto duration = ctl::parse_duration(bytes)) (void)ctl::duration_text(*duration);
}

// JSON into a message with every kind of field.
FUZZ_TARGET(
    ctl_json,
    {R"({"county": "610524", "title": "缺气调库", "kind": "funds", "effective_time": "2023-04-24 09:30"})"}) {
  const auto* method = catalogue().find_method("dispatch.SubmitDemand");
  CHECKED(method != nullptr);
  const auto request = catalogue().new_message(*method->input_type());
  (void)ctl::merge_json(*request, bytes);
}

// A whole request from a file, TOML or JSON.
FUZZ_TARGET(ctl_document, {kCounty, R"({"county": "610524", "name": "合阳县"})"}) {
  std::istringstream in{std::string(bytes)};
  const auto json = ctl::read_document("-", in);
  if (!json) return;
  const auto request =
      catalogue().new_message(*catalogue().find_method("membership.CreateCounty")->input_type());
  (void)ctl::merge_json(*request, *json);
}

// The manifest of a log backup.
FUZZ_TARGET(backup_manifest, {log::encode_manifest(example_manifest())}) {
  const auto manifest = log::decode_manifest(bytes, "manifest");
  if (manifest) CHECKED(*log::decode_manifest(log::encode_manifest(*manifest), "") == *manifest);
}

// The file beside its master key: opened, used, and opened again with what was added.
FUZZ_TARGET(key_store, {example_keys()}) {
  const auto file = write_scratch("keys/keys", bytes);
  std::string id;
  {
    const auto store = open_keys(file);
    if (!store) return;
    const auto entries = (*store)->list();
    CHECKED(entries.has_value());
    for (const auto& entry : *entries) (void)(*store)->get(entry.key_id);
    const auto made = (*store)->get_or_create("fuzz");
    if (!made) return;
    id = *made;
  }
  const auto again = open_keys(file);
  CHECKED(again.has_value());
  const auto found = (*again)->get(id);
  CHECKED(found && found->state == seal::FoundKey::State::kLive);
}

// A backup of keys, restored to where nothing is.
FUZZ_TARGET(key_backup, {example_keys()}) {
  const auto backup = write_scratch("backup", bytes);
  const auto master = write_scratch("master.key", std::string(seal::kKeyBytes, 'k'));
  const auto folder = scratch_folder() / "restored";
  std::filesystem::remove_all(folder);
  const auto counts = seal::restore_keys(backup, {folder, master}, [](const std::string&) {});
  if (!counts) return;
  CHECKED(open_keys(folder / "keys").has_value());
}

}  // namespace lianmeng::fuzz
