// What every kind of key store must do, as one suite. A kind joins with a fixture and
//
//   INSTANTIATE_TEST_SUITE_P(File, KeyStoreContract, testing::Values(make_file_fixture));
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "platform/seal/key_store.h"

namespace lianmeng::seal {

class KeyStoreFixture {
 public:
  virtual ~KeyStoreFixture() = default;
  // Opens the store, which keeps what earlier ones kept when it `lasts`.
  virtual std::unique_ptr<KeyStore> open() = 0;
  virtual bool lasts() const { return true; }
  // Several may be open at once, as of several hosts.
  virtual bool is_shared() const { return false; }
};

using KeyStoreFixtureFactory = std::function<std::unique_ptr<KeyStoreFixture>()>;

class KeyStoreContract : public testing::TestWithParam<KeyStoreFixtureFactory> {
 protected:
  KeyStoreContract() : fixture_(GetParam()()), store_(fixture_->open()) {}

  void reopen() {
    store_.reset();
    store_ = fixture_->open();
  }

  std::unique_ptr<KeyStoreFixture> fixture_;
  std::unique_ptr<KeyStore> store_;
};

}  // namespace lianmeng::seal
