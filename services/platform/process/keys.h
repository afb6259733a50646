// The keys of people's personal values, as the services of one process share them: one store of
// keys, opened once, whichever service asks first. It lies where the log lies: in files of this
// machine, or in a topic on Kafka.
#pragma once

#include <memory>
#include <optional>

#include "platform/base/error.h"
#include "platform/base/time.h"
#include "platform/log/log.h"
#include "platform/process/config.h"
#include "platform/seal/key_store.h"
#include "platform/seal/sealer.h"

namespace lianmeng::process {

// Threads: open() from one; what it opened from any. Lifetime: as long as one of its parts.
class Keys {
 public:
  // The first call opens; an error keeps the process from starting.
  Status open(const Config& config);

  // Require that open() succeeded.
  seal::KeyStore& store() { return *store_; }
  seal::Sealer& sealer() { return *sealer_; }

 private:
  SystemClock clock_;
  std::unique_ptr<log::Log>
      log_;  // Of a store on Kafka; apart, since it outlives the process' own.
  std::unique_ptr<seal::KeyStore> store_;
  std::optional<seal::Sealer> sealer_;
};

}  // namespace lianmeng::process
