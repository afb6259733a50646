#include "membership/host/part.h"

#include <optional>

#include "membership/erasure/eraser.h"
#include "membership/fold.h"
#include "membership/rpc/service.h"
#include "platform/obs/log.h"
#include "platform/seal/file_key_store.h"
#include "platform/seal/sealer.h"

namespace lianmeng::membership {
namespace {

class MembershipPart final : public process::Part {
 public:
  const runtime::Fold& fold() const override { return membership_fold(); }
  bool seals() const override { return true; }

  Status open(const process::Config& config) override {
    auto keys = seal::open_file_key_store(
        {.directory = config.data_path / "keys",
         .master_key = config.seal_master_key_file.empty() ? config.data_path / "master.key"
                                                           : config.seal_master_key_file},
        seal::system_random(),
        [](const std::string& text) { obs::log(obs::Level::kWarn, "seal", text); });
    if (!keys) return tl::unexpected(keys.error());
    keys_ = std::move(*keys);
    sealer_.emplace(*keys_, seal::system_random());
    return {};
  }

  rpc::Binding start(runtime::Runtime& runtime, rpc::Environment& environment) override {
    eraser_.emplace(
        *keys_,
        [&runtime](const Eraser::Look& look) {
          runtime.inspect("membership", [&](int partition, const runtime::Partition& of) {
            look(partition, of.tip().sequence, of.view());
          });
        },
        [](const Error& error) {
          obs::log(obs::Level::kError, "seal",
                   "keys of erased persons cannot be deleted: " + error.message_en);
        });
    eraser_->start();
    return make_membership_service(environment, *sealer_, *eraser_);
  }

  void stop() override { eraser_->stop(); }

 private:
  std::unique_ptr<seal::KeyStore> keys_;
  std::optional<seal::Sealer> sealer_;
  std::optional<Eraser> eraser_;
};

}  // namespace

std::unique_ptr<process::Part> make_membership_part() { return std::make_unique<MembershipPart>(); }

}  // namespace lianmeng::membership
