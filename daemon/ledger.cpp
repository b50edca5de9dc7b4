#include "daemon/ledger.h"

#include <algorithm>
#include <iterator>

namespace auditor::daemon {

void Ledger::resume(std::vector<model::Notification> waiting) {
  for (const model::Notification& notification : waiting) {
    last_sequence_ = std::max(last_sequence_, notification.sequence);
  }
  if (!waiting.empty() && world_.send) {
    world_.send(std::move(waiting));
  }
}

void Ledger::add(std::vector<model::Alert> alerts) {
  std::ranges::move(alerts, std::back_inserter(alerts_));
}

void Ledger::add(alerts::Due due) {
  if (due.empty()) {
    return;
  }
  due_.push_back({{std::move(due.notifications), std::move(due.groups),
                   std::move(due.forgotten_groups), std::move(due.forgotten_alerts)},
                  false});
}

void Ledger::add(std::vector<model::Notification> attempted) {
  std::ranges::move(attempted, std::back_inserter(attempted_));
}

void Ledger::send(Waiting& waiting) {
  if (!waiting.sent && world_.send) {
    world_.send(waiting.rows.notifications);
  }
  waiting.sent = true;
}

void Ledger::settle(const std::vector<model::Notification>& attempted) {
  std::vector<std::string> ids;
  for (const model::Notification& notification : attempted) {
    if (notification.state != model::NotificationState::waiting) {
      ids.push_back(notification.id);
    }
  }
  if (!ids.empty() && world_.settled) {
    world_.settled(std::move(ids));
  }
}

base::Result<void> Ledger::store_due() {
  if (!alerts_.empty()) {
    if (const auto put = store_->put_alerts(alerts_); !put) {
      return put;
    }
    alerts_.clear();
  }
  while (!due_.empty()) {
    Waiting& first = due_.front();
    const auto sequences = store_->put_due(first.rows);
    if (!sequences) {
      return tl::unexpected(sequences.error());
    }
    for (std::size_t i = 0; i < sequences->size(); ++i) {
      first.rows.notifications[i].sequence = (*sequences)[i];
      last_sequence_ = std::max(last_sequence_, (*sequences)[i]);
    }
    send(first);
    due_.pop_front();
  }
  return {};
}

void Ledger::send_unstored() {
  for (Waiting& waiting : due_) {
    if (waiting.sent) {
      continue;
    }
    for (model::Notification& notification : waiting.rows.notifications) {
      notification.sequence = ++last_sequence_;
    }
    send(waiting);
  }
}

base::Result<void> Ledger::store_attempts(bool store_works) {
  // What was sent without being stored will be stored as what it has come to.
  std::erase_if(attempted_, [this](model::Notification& attempt) {
    for (Waiting& waiting : due_) {
      auto& rows = waiting.rows.notifications;
      const auto row = std::ranges::find(rows, attempt.id, &model::Notification::id);
      if (row != rows.end()) {
        attempt.message = std::move(row->message);
        *row = attempt;
        settle({attempt});
        return true;
      }
    }
    return false;
  });
  if (attempted_.empty()) {
    return {};
  }
  const auto put = store_works ? store_->put_deliveries(attempted_)
                               : base::Result<void>(base::fail(base::ErrorKind::file, ""));
  settle(attempted_);
  if (put) {
    attempted_.clear();
  }
  return store_works ? put : base::Result<void>();
}

base::Result<void> Ledger::write(bool store_works) {
  base::Result<void> stored;
  if (store_works) {
    stored = store_due();
  }
  if (!stored || !store_works) {
    send_unstored();
  }
  const auto attempts = store_attempts(store_works && stored);
  return stored ? attempts : stored;
}

}  // namespace auditor::daemon
