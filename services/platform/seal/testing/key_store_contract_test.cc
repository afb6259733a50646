// The contract for the kinds that need no broker; the topic here lies in an embedded log.
#include "platform/seal/testing/key_store_contract.h"

#include "platform/log/embedded/embedded_log.h"
#include "platform/seal/file_key_store.h"
#include "platform/seal/testing/scratch.h"
#include "platform/seal/topic/topic_key_store.h"

namespace lianmeng::seal {
namespace {

void tell_nobody(const std::string&) {}

std::unique_ptr<KeyStore> must(Result<std::unique_ptr<KeyStore>> opened) {
  if (!opened) throw std::runtime_error(opened.error().message_en);
  return std::move(*opened);
}

class MemoryFixture final : public KeyStoreFixture {
 public:
  std::unique_ptr<KeyStore> open() override {
    return std::make_unique<MemoryKeyStore>(system_random());
  }
  bool lasts() const override { return false; }
};

class FileFixture final : public KeyStoreFixture {
 public:
  std::unique_ptr<KeyStore> open() override {
    return must(open_file_key_store({scratch_.path() / "keys", scratch_.path() / "master.key"},
                                    system_random(), tell_nobody));
  }

 private:
  Scratch scratch_;
};

class TopicFixture final : public KeyStoreFixture {
 public:
  TopicFixture() {
    auto log = log::EmbeddedLog::open({.path = scratch_.path() / "log"}, clock_,
                                      [](log::LogNotice, const std::string&) {});
    if (!log) throw std::runtime_error(log.error().message_en);
    log_ = std::move(*log);
  }
  std::unique_ptr<KeyStore> open() override {
    TopicKeyStoreConfig config;
    config.master_key = scratch_.path() / "master.key";
    return must(open_topic_key_store(config, *log_, clock_, system_random(), tell_nobody));
  }
  bool is_shared() const override { return true; }

 private:
  Scratch scratch_;
  SystemClock clock_;
  std::unique_ptr<log::EmbeddedLog> log_;
};

template <class Fixture>
std::unique_ptr<KeyStoreFixture> make() {
  return std::make_unique<Fixture>();
}

INSTANTIATE_TEST_SUITE_P(Memory, KeyStoreContract, testing::Values(make<MemoryFixture>));
INSTANTIATE_TEST_SUITE_P(File, KeyStoreContract, testing::Values(make<FileFixture>));
INSTANTIATE_TEST_SUITE_P(Topic, KeyStoreContract, testing::Values(make<TopicFixture>));

}  // namespace
}  // namespace lianmeng::seal
