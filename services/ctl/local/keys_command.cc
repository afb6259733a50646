#include "ctl/local/keys_command.h"

#include <filesystem>
#include <ostream>

#include "ctl/caller.h"
#include "ctl/local/report.h"
#include "ctl/values.h"
#include "platform/seal/key_backup.h"

namespace lianmeng::ctl {
namespace {

namespace fs = std::filesystem;

int backup(const seal::FileKeyStoreConfig& store, const Parsed& parsed, const Options& options,
           const Environment& environment) {
  const auto to = flag_or(parsed, "to", "");
  if (to.empty()) {
    return report_local(usage_error("请用 --to 指明备份文件", "name the backup's file with --to"),
                        options, environment);
  }
  const auto counts = seal::backup_keys(store.directory, to);
  if (!counts) return report_local(counts.error(), options, environment);
  Facts facts;
  facts.add("keys", counts->live);
  facts.add("erased", counts->erased);
  facts.add("backup", to);
  facts.print(options, environment);
  environment.err << tr(options.lang(), "主密钥不在其中：", "The master key is not in it: ")
                  << store.master_key.string()
                  << tr(options.lang(), "，请另行备份，不要与此文件放在一起。\n",
                        "; back it up apart from this file.\n");
  return kExitOk;
}

int restore(const seal::FileKeyStoreConfig& store, const Parsed& parsed, const Options& options,
            const Environment& environment) {
  const auto from = flag_or(parsed, "from", "");
  if (from.empty()) {
    return report_local(
        usage_error("请用 --from 指明备份文件", "name the backup's file with --from"), options,
        environment);
  }
  const auto counts = seal::restore_keys(
      from, store, [&](const std::string& text) { environment.err << text << "\n"; });
  if (!counts) return report_local(counts.error(), options, environment);
  Facts facts;
  facts.add("restored", counts->added);
  facts.add("keys", counts->live);
  facts.add("erased", counts->erased);
  facts.add("store", store.directory.string());
  facts.print(options, environment);
  return kExitOk;
}

}  // namespace

int run_keys(const Parsed& parsed, const Options& options, const Environment& environment) {
  const fs::path data = flag_or(parsed, "data", "data");
  const seal::FileKeyStoreConfig store{
      data / "keys", flag_or(parsed, "master-key", (data / "master.key").string())};
  const auto& verb = parsed.positional.front();
  if (verb == "backup") return backup(store, parsed, options, environment);
  if (verb == "restore") return restore(store, parsed, options, environment);
  return report_local(
      usage_error("keys 之后应为 backup 或 restore", "keys takes backup or restore"), options,
      environment);
}

}  // namespace lianmeng::ctl
