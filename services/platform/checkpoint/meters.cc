#include "platform/checkpoint/meters.h"

#include <string>

namespace lianmeng::checkpoint {

Meters::Meters(obs::Metrics& metrics) {
  const std::string partitions = "lianmeng_checkpoint_partitions_total";
  const std::string of_partitions =
      "Hosted partitions that the store had nothing of at the start, by where their state came "
      "from: "
      "a peer's checkpoint, or the log.";
  taken = metrics.counter(partitions, of_partitions, {{"outcome", "taken"}});
  left_to_log = metrics.counter(partitions, of_partitions, {{"outcome", "left_to_log"}});
  taken_bytes = metrics.counter("lianmeng_checkpoint_taken_bytes_total",
                                "Bytes of checkpoints that were taken from peers.");
  given = metrics.counter("lianmeng_checkpoint_given_total",
                          "Checkpoints of partitions that were opened for peers.");
  given_bytes = metrics.counter("lianmeng_checkpoint_given_bytes_total",
                                "Bytes of checkpoints that were sent to peers.");
  refused_ = {{{"PEER_ONLY", {}},
               {"CHECKPOINT_MISSING", {}},
               {"CHECKPOINT_OTHER_FOLD", {}},
               {"CHECKPOINT_BUSY", {}}}};
  for (auto& [reason, counter] : refused_) {
    counter = metrics.counter("lianmeng_checkpoint_refused_total",
                              "Checkpoints that were asked for and not given, by reason: PEER_ONLY "
                              "is somebody who is no pod.",
                              {{"reason", std::string(reason)}});
  }
}

void Meters::refused(std::string_view reason) const {
  for (const auto& [known, counter] : refused_) {
    if (known == reason) counter.add();
  }
}

}  // namespace lianmeng::checkpoint
