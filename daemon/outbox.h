#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "base/time.h"
#include "http/sender.h"
#include "model/alert.h"
#include "model/alerting_settings.h"

namespace auditor::daemon {

struct Lane;

/// A notification on its way.
struct Item {
  model::Notification notification;
  std::shared_ptr<Lane> lane;
  bool busy = false;      ///< an attempt is under way, or its result not stored: it has a place
  bool finished = false;  ///< delivered or dead
  std::vector<http::Outgoing> parts;  ///< of the attempt under way
  std::size_t part = 0;               ///< that is in flight
  std::set<std::size_t> over;         ///< parts that were taken or refused; not sent again
  std::string refusal;                ///< of a part; empty: none
  std::uint64_t generation = 0;       ///< of the settings that `over` is of
};

using ItemPtr = std::shared_ptr<Item>;

/// What waits for one receiver: a queue for each group, and which of their first ones is due when.
struct Lane {
  std::shared_ptr<const model::ReceiverSettings> receiver;
  std::uint64_t generation = 0;  ///< of `receiver`
  std::string stopped;           ///< why it gets no more; empty: it does
  bool gone = false;             ///< it is no longer configured
  base::Timestamp not_before{};  ///< it asked to be left alone until then
  std::size_t busy = 0;
  std::size_t count = 0;
  std::size_t bytes = 0;

  void add(const ItemPtr& item);
  void remove(const ItemPtr& item);

  /// The first of a group that is due by `now`, to be made busy by the caller; nullptr: none.
  ItemPtr take_due(base::Timestamp now);
  /// When the next is due; nullopt: nothing waits.
  [[nodiscard]] std::optional<base::Timestamp> next() const;

  /// After an attempt that will be repeated, or a change of what is first.
  void schedule(const std::string& group);

  /// The oldest that is not busy; nullptr: none.
  [[nodiscard]] ItemPtr oldest() const;
  /// All that are not busy, oldest first.
  [[nodiscard]] std::vector<ItemPtr> idle() const;

  /// After the clock was set back: nothing waits for longer than `most` after `now`.
  void pull_in(base::Timestamp now, std::chrono::milliseconds most);

 private:
  using Due = std::tuple<base::Timestamp, std::int64_t, std::string>;

  std::map<std::string, std::deque<ItemPtr>> groups_;  ///< by sequence each; a busy one is first
  std::map<std::string, Due> scheduled_;               ///< by group
  std::set<Due> due_;
};

/// In what queue it is: each without a group is one of its own.
std::string group_of(const model::Notification& notification);

}  // namespace auditor::daemon
