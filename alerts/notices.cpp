#include "alerts/notices.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/murmur3.h"
#include "model/alert_json.h"

namespace auditor::alerts {

namespace {

using model::Alert;
using model::ReceiverKind;

/// The most severe first, then the oldest.
void sort(std::vector<const Entry*>& entries) {
  std::ranges::sort(entries, [](const Entry* one, const Entry* other) {
    return std::tie(other->alert.severity, one->alert.starts_at, one->alert.id) <
           std::tie(one->alert.severity, other->alert.starts_at, other->alert.id);
  });
}

/// The alert with those changes alone that the receiver was not told.
Alert with_news(const Group& group, const Entry& entry) {
  Alert alert = entry.alert;
  const std::int64_t untold = alert.revision - told_revision(group, entry);
  const auto kept = static_cast<std::int64_t>(alert.changes.size());
  alert.changes.erase(alert.changes.begin(),
                      alert.changes.begin() + std::clamp<std::int64_t>(kept - untold, 0, kept));
  return alert;
}

std::string id_of(const Group& group, const Notices& notices, base::Timestamp now) {
  std::string text = group.state.key;
  const auto before = group.state.told_at.value_or(base::Timestamp{});
  fmt::format_to(std::back_inserter(text), " {} {}", before.time_since_epoch().count(),
                 now.time_since_epoch().count());
  for (const auto* entries : {&notices.fired, &notices.over}) {
    for (const Entry* entry : *entries) {
      fmt::format_to(std::back_inserter(text), " {}:{}-{}", entry->alert.id,
                     told_revision(group, *entry), entry->alert.revision);
    }
  }
  return fmt::format("msg_{}", base::to_hex(base::murmur3_x64_128(text)));
}

/// In the order in which they are left out at the end.
std::vector<const Entry*> chosen(const Group& group, Notices notices) {
  const bool news = notices.news();
  sort(notices.fired);
  sort(notices.over);
  sort(notices.standing);
  std::vector<const Entry*> all = std::move(notices.fired);
  all.insert(all.end(), notices.over.begin(), notices.over.end());
  if (!news || !tracks_alerts(group.node->receiver->kind)) {
    all.insert(all.end(), notices.standing.begin(), notices.standing.end());
  }
  return all;
}

}  // namespace

bool fired_at(const Alert& alert, std::int64_t revision) {
  const std::int64_t later = alert.revision - revision;
  const auto kept = static_cast<std::int64_t>(alert.changes.size());
  if (later >= 0 && later < kept) {
    return alert.changes[static_cast<std::size_t>(kept - 1 - later)].firing;
  }
  // Beyond what is kept: an alert fires and ends in turns.
  return (later % 2 == 0) == alert.firing;
}

std::int64_t told_revision(const Group& group, const Entry& entry) {
  const auto found = group.state.told.find(entry.alert.id);
  return found == group.state.told.end() ? 0 : found->second;
}

bool told_as_firing(const Group& group, const Entry& entry) {
  const std::int64_t told = told_revision(group, entry);
  return told > 0 && fired_at(entry.alert, told);
}

model::Notification tell(Group& group, const Notices& notices, base::Timestamp now) {
  const model::ReceiverSettings& receiver = *group.node->receiver;
  model::Notification notification;
  notification.id = id_of(group, notices, now);
  notification.receiver = receiver.name;
  notification.group = group.state.key;
  notification.created_at = now;
  notification.next_attempt_at = now;

  model::Message message;
  message.receiver = receiver.name;
  message.group_key = group.state.key;
  message.group_labels = group.state.labels;
  message.at = now;
  const std::vector<const Entry*> all = chosen(group, notices);
  // Those that track alerts would wait for the end of one that was left out for ever.
  const bool bounded = !tracks_alerts(receiver.kind) && receiver.kind != ReceiverKind::alertmanager;
  const std::size_t most = bounded ? std::min(receiver.max_alerts, all.size()) : all.size();
  message.left_out = all.size() - most;
  message.alerts.reserve(most);
  for (std::size_t i = 0; i < most; ++i) {
    message.alerts.push_back(with_news(group, *all[i]));
  }
  notification.message = to_json(message);

  for (const Entry* entry : all) {
    group.state.told[entry->alert.id] = entry->alert.revision;
  }
  group.state.told_at = now;
  group.changed = true;
  return notification;
}

}  // namespace auditor::alerts
