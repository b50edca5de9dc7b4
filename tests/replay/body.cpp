#include "tests/replay/body.h"

#include <array>
#include <charconv>
#include <optional>

namespace auditor::replay {

MovingBody::MovingBody(std::string body, bool checkpoints) : body_(std::move(body)) {
  struct Key {
    std::string_view name;
    Kind kind;
    bool of_checkpoints;
  };
  constexpr std::array<Key, 10> keys{{{"now", Kind::time, false},
                                      {"duration", Kind::time, false},
                                      {"lastHeartbeat", Kind::time, false},
                                      {"timeSinceLastHeartbeat", Kind::time, false},
                                      {"read-records", Kind::count, false},
                                      {"write-records", Kind::count, false},
                                      {"id", Kind::checkpoint_id, true},
                                      {"completed", Kind::checkpoint_id, true},
                                      {"trigger_timestamp", Kind::checkpoint_time, true},
                                      {"latest_ack_timestamp", Kind::checkpoint_time, true}}};
  for (std::size_t quote = body_.find('"'); quote != std::string::npos;
       quote = body_.find('"', quote + 1)) {
    for (const Key& key : keys) {
      if (key.of_checkpoints != checkpoints ||
          body_.compare(quote + 1, key.name.size(), key.name) != 0) {
        continue;
      }
      std::size_t at = quote + 1 + key.name.size();
      if (at >= body_.size() || body_[at] != '"') {
        continue;
      }
      at = body_.find_first_not_of(": ", at + 1);
      if (at == std::string::npos) {
        continue;
      }
      Number number{at, at, 0, key.kind};
      const auto [end, error] =
          std::from_chars(body_.data() + at, body_.data() + body_.size(), number.value);
      if (error == std::errc{} && number.value > 0) {
        number.end = static_cast<std::size_t>(end - body_.data());
        numbers_.push_back(number);
      }
    }
  }
}

std::string MovingBody::at(const Progress& progress) const {
  std::string moved;
  moved.reserve(body_.size() + 4 * numbers_.size());
  std::size_t copied = 0;
  for (const Number& number : numbers_) {
    moved.append(body_, copied, number.begin - copied);
    std::int64_t value = number.value;
    switch (number.kind) {
      case Kind::time:
        value += progress.elapsed.count();
        break;
      case Kind::count:
        value += progress.elapsed.count() / 10;
        break;
      case Kind::checkpoint_id:
        value += progress.checkpoints;
        break;
      case Kind::checkpoint_time:
        value += progress.checkpoints * progress.checkpoint_interval.count();
        break;
    }
    moved += std::to_string(value);
    copied = number.end;
  }
  moved.append(body_, copied);
  return moved;
}

}  // namespace auditor::replay
