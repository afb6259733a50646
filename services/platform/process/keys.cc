#include "platform/process/keys.h"

#include "platform/obs/log.h"
#include "platform/seal/file_key_store.h"

namespace lianmeng::process {

Status Keys::open(const Config& config) {
  if (store_ != nullptr) return {};
  auto keys = seal::open_file_key_store(
      {.directory = config.data_path / "keys",
       .master_key = config.seal_master_key_file.empty() ? config.data_path / "master.key"
                                                         : config.seal_master_key_file},
      seal::system_random(),
      [](const std::string& text) { obs::log(obs::Level::kWarn, "seal", text); });
  if (!keys) return tl::unexpected(keys.error());
  store_ = std::move(*keys);
  sealer_.emplace(*store_, seal::system_random());
  return {};
}

}  // namespace lianmeng::process
