#include "daemon/timetable.h"

#include <algorithm>
#include <utility>

#include "base/murmur3.h"

namespace auditor::daemon {

namespace {

using Clock = Timetable::Clock;

/// The first slot after `now`: time modulo interval equals the hash of the name modulo interval.
Clock::time_point slot_after(const std::string& cluster, std::chrono::milliseconds interval,
                             Clock::time_point now) {
  const base::Hash128 hash = base::murmur3_x64_128(cluster);
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) {
    number = (number << 8U) | hash.at(i);
  }
  const auto period = std::chrono::duration_cast<Clock::duration>(interval).count();
  const auto shift =
      static_cast<Clock::rep>(number % static_cast<std::uint64_t>(std::max<Clock::rep>(period, 1)));
  const Clock::rep since = now.time_since_epoch().count() - shift;
  // Time since boot, and so `since`, may be less than one interval.
  const Clock::rep passed = since >= 0 ? since / period + 1 : 0;
  return Clock::time_point(Clock::duration(passed * period + shift));
}

}  // namespace

void Timetable::set(const std::string& cluster, std::chrono::milliseconds interval,
                    Clock::time_point now) {
  Entry& entry = entries_[cluster];
  if (entry.interval == interval) {
    return;
  }
  entry.interval = interval;
  entry.generation = ++generation_;
  slots_.push({slot_after(cluster, interval, now), cluster, entry.generation, false});
}

void Timetable::remove(const std::string& cluster) {
  entries_.erase(cluster);
}

void Timetable::hurry(const std::string& cluster, Clock::time_point now) {
  const auto found = entries_.find(cluster);
  if (found != entries_.end() && !found->second.hurried) {
    found->second.hurried = true;
    slots_.push({now, cluster, found->second.generation, true});
  }
}

void Timetable::drop_stale() {
  while (!slots_.empty()) {
    const auto found = entries_.find(slots_.top().cluster);
    if (found != entries_.end() && found->second.generation == slots_.top().generation) {
      return;
    }
    slots_.pop();
  }
}

std::vector<Timetable::Due> Timetable::take_due(Clock::time_point now) {
  std::vector<Due> due;
  for (drop_stale(); !slots_.empty() && slots_.top().at <= now; drop_stale()) {
    Slot slot = slots_.top();
    slots_.pop();
    Entry& entry = entries_.at(slot.cluster);
    due.push_back({slot.cluster, now - slot.at, slot.extra});
    if (slot.extra) {
      entry.hurried = false;
    } else {
      slot.at = slot_after(slot.cluster, entry.interval, now);
      slots_.push(std::move(slot));
    }
  }
  return due;
}

Clock::time_point Timetable::next(Clock::time_point now) {
  drop_stale();
  return slots_.empty() ? now + std::chrono::hours(1) : slots_.top().at;
}

}  // namespace auditor::daemon
