#include "daemon/outbox.h"

#include <algorithm>

#include <fmt/format.h>

namespace auditor::daemon {

std::string group_of(const model::Notification& notification) {
  return notification.group.empty() ? fmt::format("/{}", notification.id) : notification.group;
}

void Lane::add(const ItemPtr& item) {
  const std::string group = group_of(item->notification);
  std::deque<ItemPtr>& queue = groups_[group];
  const auto sequence = [](const ItemPtr& one) { return one->notification.sequence; };
  const auto from = queue.begin() + (!queue.empty() && queue.front()->busy ? 1 : 0);
  queue.insert(std::ranges::upper_bound(from, queue.end(), sequence(item), {}, sequence), item);
  ++count;
  bytes += item->notification.message.size();
  schedule(group);
}

void Lane::remove(const ItemPtr& item) {
  const std::string group = group_of(item->notification);
  const auto found = groups_.find(group);
  if (found == groups_.end() || std::erase(found->second, item) == 0) {
    return;
  }
  --count;
  bytes -= item->notification.message.size();
  if (found->second.empty()) {
    groups_.erase(found);
  }
  schedule(group);
}

void Lane::schedule(const std::string& group) {
  if (const auto old = scheduled_.find(group); old != scheduled_.end()) {
    due_.erase(old->second);
    scheduled_.erase(old);
  }
  const auto found = groups_.find(group);
  if (found == groups_.end() || found->second.front()->busy) {
    return;
  }
  const model::Notification& first = found->second.front()->notification;
  Due due{first.next_attempt_at, first.sequence, group};
  due_.insert(due);
  scheduled_.emplace(group, std::move(due));
}

ItemPtr Lane::take_due(base::Timestamp now) {
  if (due_.empty() || std::get<0>(*due_.begin()) > now || not_before > now) {
    return nullptr;
  }
  const std::string group = std::get<2>(*due_.begin());
  ItemPtr item = groups_.at(group).front();
  item->busy = true;
  ++busy;
  schedule(group);
  return item;
}

std::optional<base::Timestamp> Lane::next() const {
  return due_.empty() ? std::nullopt
                      : std::optional(std::max(std::get<0>(*due_.begin()), not_before));
}

ItemPtr Lane::oldest() const {
  ItemPtr oldest;
  for (const auto& [group, queue] : groups_) {
    const std::size_t first = queue.front()->busy ? 1 : 0;
    if (first < queue.size() &&
        (!oldest || queue[first]->notification.sequence < oldest->notification.sequence)) {
      oldest = queue[first];
    }
  }
  return oldest;
}

std::vector<ItemPtr> Lane::idle() const {
  std::vector<ItemPtr> all;
  all.reserve(count);
  for (const auto& [group, queue] : groups_) {
    std::ranges::copy_if(queue, std::back_inserter(all),
                         [](const ItemPtr& item) { return !item->busy; });
  }
  std::ranges::sort(all, {}, [](const ItemPtr& item) { return item->notification.sequence; });
  return all;
}

void Lane::pull_in(base::Timestamp now, std::chrono::milliseconds most) {
  not_before = std::min(not_before, now + most);
  for (const ItemPtr& item : idle()) {
    base::Timestamp& next = item->notification.next_attempt_at;
    next = std::min(next, now + most);
    schedule(group_of(item->notification));
  }
}

}  // namespace auditor::daemon
