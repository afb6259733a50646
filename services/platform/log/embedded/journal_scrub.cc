// Scrubbing: closed segments are read in turn, so that rot is found while a backup is fresh.
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "platform/log/embedded/journal.h"

namespace lianmeng::log {
namespace {

constexpr std::size_t kScrubStep = 256 * 1024;

}  // namespace

// False when the log stops.
bool Journal::scrub_wait(Duration time) {
  Lock lock(scrub_mutex_);
  return !scrub_called_.wait_for(lock, time, [&] { return scrub_stopping_; });
}

void Journal::scrub_loop() {
  while (scrub_wait(config_.scrub_pause)) {
    std::set<std::uint64_t> segments;
    {
      const Lock lock(mutex_);
      segments = closed_segments_;
    }
    for (const auto segment : segments) {
      scrub_segment(segment, true);
      if (!scrub_wait(Duration(0))) return;
    }
    note_scrubbed();
  }
}

std::uint64_t Journal::scrub_all() {
  std::set<std::uint64_t> segments;
  {
    const Lock lock(mutex_);
    segments = closed_segments_;
  }
  std::uint64_t damaged = 0;
  for (const auto segment : segments) damaged += scrub_segment(segment, false);
  note_scrubbed();
  return damaged;
}

void Journal::note_scrubbed() {
  const Lock lock(mutex_);
  stats_.last_scrub = clock_.now();
}

std::uint64_t Journal::scrub_segment(std::uint64_t segment, bool slowly) {
  SegmentIndex index;
  const auto encoded = read_file(ops_, index_path(config_.path, segment));
  const auto put_off = [&](const Error& error) {
    note(LogNotice::kWarning, error.message_en + "; the next scrub looks at it");
  };
  if (!encoded && is_passing(encoded.error())) {
    put_off(encoded.error());
    return 0;
  }
  if (!encoded || !decode_index(*encoded, segment, &index)) {
    // Readers notice it at the first record that is not where it says; a start makes it again.
    note(LogNotice::kWarning, fmt::format("{} is damaged or missing; it is made again at the next "
                                          "start",
                                          index_path(config_.path, segment)));
    return 0;
  }
  struct Place {
    std::uint32_t position;
    const TopicPartition* at;
    Offset offset;
  };
  std::vector<Place> places;
  for (const auto& [at, extent] : index.extents) {
    for (std::size_t i = 0; i < extent.positions.size(); ++i) {
      places.push_back({extent.positions[i], &at, extent.first + static_cast<Offset>(i)});
    }
  }
  std::sort(places.begin(), places.end(),
            [](const Place& a, const Place& b) { return a.position < b.position; });
  const auto path = log_path(config_.path, segment);
  const File file(ops_.open(path.c_str()));
  if (!file && is_passing(errno)) {
    put_off(read_later(errno, path));
    return 0;
  }
  std::uint64_t damaged = 0;
  Result<std::string> window = std::string();
  std::uint32_t window_at = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto& place = places[i];
    const auto end = i + 1 < places.size() ? places[i + 1].position : index.data_bytes;
    if (!window || end > window_at + window->size()) {
      const auto size = std::max<std::size_t>(kScrubStep, end - place.position);
      if (slowly && !scrub_wait(Duration(size * 1000 / config_.scrub_bytes_per_second))) {
        return damaged;
      }
      window = read_at(ops_, file.fd(), path, size, place.position);
      if (!window && is_passing(window.error())) {
        put_off(window.error());
        return damaged;
      }
      window_at = place.position;
      const Lock lock(mutex_);
      stats_.scrubbed_bytes += size;
    }
    Frame frame;
    const auto bytes = window && place.position - window_at <= window->size()
                           ? std::string_view(*window).substr(place.position - window_at)
                           : std::string_view();
    if (is_record(bytes, segment, *place.at, place.offset, &frame)) continue;
    ++damaged;
    report_damage(*place.at, {place.offset, damage_error(*place.at, place.offset, path,
                                                         place.position, "a record is damaged")});
  }
  return damaged;
}

}  // namespace lianmeng::log
