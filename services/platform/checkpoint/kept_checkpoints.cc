#include "platform/checkpoint/kept_checkpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace lianmeng::checkpoint {
namespace {

namespace fs = std::filesystem;

Error missing(const std::string& id) {
  return make_error(ErrorKind::kNotFound, "CHECKPOINT_MISSING",
                    fmt::format("there is no checkpoint {} here: it was closed, or nobody has read "
                                "it for too long; open another one",
                                id));
}

}  // namespace

KeptCheckpoints::KeptCheckpoints(KeptConfig config, store::Store& store, Clock& clock)
    : config_(std::move(config)), store_(store), clock_(clock) {
  std::error_code ignored;  // Making the first one tells.
  fs::remove_all(config_.folder, ignored);
  forgetting_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

KeptCheckpoints::~KeptCheckpoints() {
  forgetting_ = {};
  std::error_code ignored;
  fs::remove_all(config_.folder, ignored);
}

Result<KeptCheckpoints::Opened> KeptCheckpoints::open(const std::string& service, int partition) {
  const std::lock_guard lock(mutex_);
  forget_idle();
  if (kept_.size() >= config_.open_max) {
    return fail(ErrorKind::kResourceExhausted, "CHECKPOINT_BUSY",
                fmt::format("{} checkpoints are being read already; try again", kept_.size()));
  }
  std::error_code error;
  fs::create_directories(config_.folder, error);
  if (error) {
    return fail(ErrorKind::kUnavailable, "CHECKPOINT_FAILED",
                fmt::format("{} cannot be made: {}", config_.folder.string(), error.message()));
  }
  const auto id = fmt::format("{}-{:02}-{:016x}", service, partition, random_.next());
  auto made = store_.export_partition(service, partition, config_.folder / id);
  if (!made) {
    remove(id);
    if (made.error().reason != "STORE_EMPTY") return fail(made.error());
    return fail(ErrorKind::kNotFound, "CHECKPOINT_MISSING", made.error().message_en);
  }
  kept_[id] = {*made, clock_.steady()};
  return Opened{id, std::move(*made)};
}

Result<fs::path> KeptCheckpoints::file(const std::string& id, const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(id);
  if (found == kept_.end()) return fail(missing(id));
  found->second.read_at = clock_.steady();
  // A name that is none of its files could be a way out of the folder.
  const bool known = std::ranges::any_of(found->second.checkpoint.files,
                                         [&](const auto& file) { return file.name == name; });
  if (!known) return fail(missing(id + "/" + name));
  return config_.folder / id / name;
}

void KeptCheckpoints::close(const std::string& id) {
  const std::lock_guard lock(mutex_);
  if (kept_.erase(id) > 0) remove(id);
}

void KeptCheckpoints::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    wake_.wait_for(lock, stop, config_.idle_max / 4, [] { return false; });
    forget_idle();
  }
}

void KeptCheckpoints::forget_idle() {
  const auto before = clock_.steady() - config_.idle_max;
  std::erase_if(kept_, [&](const auto& each) {
    if (each.second.read_at > before) return false;
    remove(each.first);
    return true;
  });
}

void KeptCheckpoints::remove(const std::string& id) {
  std::error_code ignored;  // What stays goes at the next start.
  fs::remove_all(config_.folder / id, ignored);
}

}  // namespace lianmeng::checkpoint
