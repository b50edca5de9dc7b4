#include "daemon/sender.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "alerts/delivery.h"
#include "alerts/outgoing.h"
#include "base/log.h"
#include "daemon/outbox.h"

namespace auditor::daemon {

namespace {

using alerts::Decision;
using base::Timestamp;
using model::Notification;
using model::NotificationState;
using std::chrono::milliseconds;

constexpr std::string_view heartbeat = "heartbeat";

/// Whether two receivers give a message the same requests.
bool same(const model::ReceiverSettings* a, const model::ReceiverSettings& b) {
  return a != nullptr && *a == b;
}

}  // namespace

/// What the sending thread owns.
class Sender::Impl {
 public:
  Impl(World world, Bounds bounds) : world_(std::move(world)), bounds_(bounds) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    // Lanes and items hold each other.
    for (const auto& [id, item] : items_) {
      item->lane.reset();
    }
  }

  void set_settings(std::shared_ptr<const model::AlertingSettings> settings);
  void enqueue(std::vector<Notification> notifications);
  void settled(const std::vector<std::string>& ids);

  /// Begins what is due.
  void begin();
  void poll(milliseconds wait);
  /// Gives the owner what attempts came to.
  void report();
  void wake() { sender_.wake(); }
  [[nodiscard]] Counters counters() const;
  [[nodiscard]] bool idle() const { return in_flight_ == 0; }

  bool healthy = false;
  bool draining = false;

 private:
  void take(const ItemPtr& item);
  void bound(Lane& lane);
  void note_clock();
  void attempt(const ItemPtr& item);
  void send_next(const ItemPtr& item);
  void accept(const ItemPtr& item, const base::Result<http::Reply>& reply);
  void postpone(const ItemPtr& item, const Decision& decision);
  void finish(const ItemPtr& item, NotificationState state, std::string reason);
  void bury(const ItemPtr& item, const std::string& reason);
  void stop(Lane& lane, const std::string& reason);
  void tell(const Item& item);
  void beat();
  void count(std::string_view receiver, std::string_view outcome);

  World world_;
  Bounds bounds_;
  std::shared_ptr<const model::AlertingSettings> settings_;
  std::uint64_t generation_ = 0;
  std::map<std::string, std::shared_ptr<Lane>> lanes_;  // by receiver
  std::unordered_map<std::string, ItemPtr> items_;      // by id
  std::set<std::pair<Timestamp, std::string>> ages_;    // of the items, by when they were made
  std::vector<Notification> early_;                     // came before the settings
  std::vector<Notification> reported_;
  Counters counted_;  // its `attempts` alone
  Timestamp latest_{};
  std::size_t in_flight_ = 0;
  std::optional<Timestamp> beat_at_;
  bool beating_ = false;
  bool beat_failed_ = false;
  http::Sender sender_;  // last: its callbacks refer to the rest
};

void Sender::Impl::count(std::string_view receiver, std::string_view outcome) {
  ++counted_.attempts[{std::string(receiver), std::string(outcome)}];
}

void Sender::Impl::set_settings(std::shared_ptr<const model::AlertingSettings> settings) {
  settings_ = std::move(settings);
  ++generation_;
  beat_at_.reset();
  std::map<std::string, std::shared_ptr<Lane>> lanes;
  for (const model::ReceiverSettings& receiver : settings_->receivers) {
    std::shared_ptr<Lane>& lane = lanes[receiver.name];
    if (const auto old = lanes_.find(receiver.name); old != lanes_.end()) {
      lane = old->second;
      lanes_.erase(old);
    } else {
      lane = std::make_shared<Lane>();
    }
    lane->stopped.clear();
    lane->not_before = {};
    if (!same(lane->receiver.get(), receiver)) {
      lane->receiver = std::make_shared<const model::ReceiverSettings>(receiver);
      lane->generation = generation_;
    }
  }
  const auto gone = std::exchange(lanes_, std::move(lanes));
  for (const auto& [name, lane] : gone) {
    lane->gone = true;
    for (const ItemPtr& item : lane->idle()) {
      bury(item, fmt::format("the receiver \"{}\" is no longer configured", name));
    }
  }
  enqueue(std::exchange(early_, {}));
}

void Sender::Impl::enqueue(std::vector<Notification> notifications) {
  if (!settings_) {
    std::ranges::move(notifications, std::back_inserter(early_));
    return;
  }
  for (Notification& one : notifications) {
    if (one.state != NotificationState::waiting || items_.contains(one.id)) {
      continue;
    }
    auto item = std::make_shared<Item>();
    item->notification = std::move(one);
    take(item);
  }
}

void Sender::Impl::take(const ItemPtr& item) {
  const std::string& receiver = item->notification.receiver;
  const auto lane = lanes_.find(receiver);
  items_.emplace(item->notification.id, item);
  ages_.emplace(item->notification.created_at, item->notification.id);
  if (lane == lanes_.end()) {
    bury(item, fmt::format("the receiver \"{}\" is no longer configured", receiver));
    return;
  }
  item->lane = lane->second;
  item->lane->add(item);
  if (!item->lane->stopped.empty()) {
    bury(item, item->lane->stopped);
    return;
  }
  bound(*item->lane);
}

void Sender::Impl::bound(Lane& lane) {
  while (lane.count > bounds_.notifications || lane.bytes > bounds_.bytes) {
    const ItemPtr oldest = lane.oldest();
    if (!oldest) {
      return;
    }
    bury(oldest, "too many newer ones wait for this receiver");
  }
}

void Sender::Impl::settled(const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    const auto found = items_.find(id);
    if (found == items_.end() || !found->second->finished) {
      continue;
    }
    const ItemPtr item = found->second;
    items_.erase(found);
    ages_.erase({item->notification.created_at, id});
    --item->lane->busy;
    item->lane->remove(item);
  }
}

void Sender::Impl::note_clock() {
  const Timestamp now = world_.now();
  if (now < latest_) {
    for (const auto& [name, lane] : lanes_) {
      lane->pull_in(now, alerts::longest_delay);
    }
    if (beat_at_ && settings_) {
      beat_at_ = std::min(*beat_at_, now + settings_->heartbeat.every);
    }
  }
  latest_ = now;
}

void Sender::Impl::begin() {
  note_clock();
  if (!settings_ || draining) {
    return;
  }
  for (const auto& [name, lane] : lanes_) {
    const std::size_t places = std::max<std::size_t>(lane->receiver->in_flight, 1);
    while (lane->busy < places) {
      const ItemPtr item = lane->take_due(latest_);
      if (!item) {
        break;
      }
      attempt(item);
    }
  }
  beat();
}

void Sender::Impl::attempt(const ItemPtr& item) {
  Notification& notification = item->notification;
  ++notification.attempts;
  notification.last_attempt_at = latest_;
  notification.last_status = 0;
  notification.last_error.clear();
  if (item->generation != item->lane->generation) {
    // Its parts may be others now.
    item->over.clear();
    item->refusal.clear();
    item->generation = item->lane->generation;
  }
  auto parts = alerts::outgoing_of(notification, *item->lane->receiver, *settings_, latest_);
  if (!parts) {
    finish(item, NotificationState::dead, parts.error().message);
    return;
  }
  item->parts = std::move(*parts);
  item->part = 0;
  send_next(item);
}

void Sender::Impl::send_next(const ItemPtr& item) {
  while (item->part < item->parts.size() && item->over.contains(item->part)) {
    ++item->part;
  }
  if (item->part >= item->parts.size()) {
    if (item->refusal.empty()) {
      finish(item, NotificationState::delivered, {});
    } else {
      finish(item, NotificationState::dead, item->refusal);
    }
    return;
  }
  ++in_flight_;
  sender_.send(std::move(item->parts[item->part]), [this, item](base::Result<http::Reply> reply) {
    --in_flight_;
    accept(item, reply);
  });
}

void Sender::Impl::accept(const ItemPtr& item, const base::Result<http::Reply>& reply) {
  Notification& notification = item->notification;
  const model::ReceiverSettings& receiver = *item->lane->receiver;
  alerts::Attempt attempt;
  attempt.number = notification.attempts;
  attempt.mail = receiver.kind == model::ReceiverKind::email;
  attempt.since = notification.replayed_at.value_or(notification.created_at);
  attempt.now = world_.now();
  attempt.random = world_.random();
  if (reply) {
    attempt.status = reply->status;
    attempt.retry_after = reply->retry_after;
    attempt.error = alerts::without_secrets(reply->body, receiver);
  } else {
    attempt.error = alerts::without_secrets(reply.error().message, receiver);
  }
  notification.last_status = attempt.status;
  const Decision decision = alerts::decide(attempt, settings_->retry_for);
  switch (decision.kind) {
    case Decision::Kind::delivered:
      if (attempt.mail && !attempt.error.empty()) {
        notification.last_error = fmt::format("an address was refused: {}", attempt.error);
      }
      break;
    case Decision::Kind::dead:
      item->refusal = decision.reason;
      break;
    case Decision::Kind::retry:
      if (decision.asked) {
        // It is too much for it: none of the others, either.
        item->lane->not_before = std::max(item->lane->not_before, decision.retry_at);
      }
      postpone(item, decision);
      return;
    case Decision::Kind::stopped:
      finish(item, NotificationState::dead, decision.reason);
      stop(*item->lane,
           fmt::format("the receiver \"{}\" gets no more: {}", receiver.name, decision.reason));
      return;
  }
  item->over.insert(item->part);
  send_next(item);
}

void Sender::Impl::postpone(const ItemPtr& item, const Decision& decision) {
  Notification& notification = item->notification;
  item->parts.clear();
  if (item->lane->gone || !item->lane->stopped.empty()) {
    finish(item, NotificationState::dead,
           item->lane->gone ? "the receiver is no longer configured" : item->lane->stopped);
    return;
  }
  count(notification.receiver, "failed");
  notification.next_attempt_at = decision.retry_at;
  notification.last_error = decision.reason;
  item->busy = false;
  --item->lane->busy;
  item->lane->schedule(group_of(notification));
  tell(*item);
}

void Sender::Impl::finish(const ItemPtr& item, NotificationState state, std::string reason) {
  Notification& notification = item->notification;
  item->parts.clear();
  item->finished = true;
  notification.state = state;
  if (state == NotificationState::delivered) {
    notification.delivered_at = world_.now();
  } else {
    notification.last_error = std::move(reason);
    base::log(base::LogSeverity::warning, "a notification was not delivered",
              {{"receiver", notification.receiver},
               {"id", notification.id},
               {"reason", notification.last_error}});
  }
  count(notification.receiver, model::to_text(state));
  tell(*item);
}

/// Ends one that is not busy: nothing waits for its being stored.
void Sender::Impl::bury(const ItemPtr& item, const std::string& reason) {
  item->notification.state = NotificationState::dead;
  item->notification.last_error = reason;
  count(item->notification.receiver, model::to_text(NotificationState::dead));
  tell(*item);
  if (item->lane) {
    item->lane->remove(item);
  }
  ages_.erase({item->notification.created_at, item->notification.id});
  items_.erase(item->notification.id);
}

void Sender::Impl::stop(Lane& lane, const std::string& reason) {
  lane.stopped = reason;
  base::log(base::LogSeverity::error, reason);
  for (const ItemPtr& item : lane.idle()) {
    bury(item, reason);
  }
}

void Sender::Impl::tell(const Item& item) {
  Notification& told = reported_.emplace_back();
  const Notification& from = item.notification;
  told.id = from.id;
  told.receiver = from.receiver;
  told.group = from.group;
  told.sequence = from.sequence;
  told.created_at = from.created_at;
  told.state = from.state;
  told.attempts = from.attempts;
  told.next_attempt_at = from.next_attempt_at;
  told.last_attempt_at = from.last_attempt_at;
  told.delivered_at = from.delivered_at;
  told.replayed_at = from.replayed_at;
  told.last_status = from.last_status;
  told.last_error = from.last_error;
}

void Sender::Impl::beat() {
  const model::HeartbeatSettings& settings = settings_->heartbeat;
  if (settings.url.empty() || !healthy || beating_ || (beat_at_ && *beat_at_ > latest_)) {
    return;
  }
  beat_at_ = latest_ + settings.every;
  beating_ = true;
  ++in_flight_;
  http::Outgoing get;
  get.method = http::Outgoing::Method::get;
  get.url = settings.url;
  auto access = std::make_shared<http::Target>();
  access->limits.request_timeout = model::ReceiverSettings{}.timeout;
  get.access = std::move(access);
  sender_.send(std::move(get), [this](const base::Result<http::Reply>& reply) {
    --in_flight_;
    beating_ = false;
    const bool failed = !reply || reply->status < 200 || reply->status >= 300;
    count(heartbeat, failed ? "failed" : "delivered");
    if (failed && !beat_failed_) {
      base::log(base::LogSeverity::warning, "the heartbeat was not taken",
                {{"reason", reply ? fmt::format("the receiver answered {}", reply->status)
                                  : reply.error().message}});
    }
    beat_failed_ = failed;
  });
}

void Sender::Impl::poll(milliseconds wait) {
  if (settings_ && !draining) {
    std::optional<Timestamp> next = healthy && !settings_->heartbeat.url.empty() && !beating_
                                        ? beat_at_
                                        : std::optional<Timestamp>();
    for (const auto& [name, lane] : lanes_) {
      const auto due = lane->next();
      if (due && lane->busy < std::max<std::size_t>(lane->receiver->in_flight, 1)) {
        next = next ? std::min(*next, *due) : *due;
      }
    }
    if (next) {
      wait = std::clamp(std::chrono::duration_cast<milliseconds>(*next - world_.now()),
                        milliseconds(0), wait);
    }
  }
  sender_.poll(reported_.empty() ? wait : milliseconds(0));
}

void Sender::Impl::report() {
  if (!reported_.empty()) {
    world_.report(std::exchange(reported_, {}));
  }
}

Sender::Counters Sender::Impl::counters() const {
  Counters all = counted_;
  all.waiting = items_.size() + early_.size();
  for (const auto& [id, item] : items_) {
    Counters::Waiting& waiting = all.by_receiver[item->notification.receiver];
    ++waiting.count;
    waiting.oldest = std::min(waiting.oldest, item->notification.created_at);
  }
  if (!ages_.empty()) {
    all.oldest = ages_.begin()->first;
  }
  for (const auto& [name, lane] : lanes_) {
    if (!lane->stopped.empty()) {
      all.stopped[name] = lane->stopped;
    }
  }
  return all;
}

Sender::Sender(World world) : Sender(std::move(world), Bounds{}) {}
Sender::Sender(World world, Bounds bounds)
    : impl_(std::make_unique<Impl>(std::move(world), bounds)) {}
Sender::~Sender() = default;

void Sender::post(std::function<void(Impl&)> message) {
  {
    const std::scoped_lock lock(messages_mutex_);
    messages_.push_back(std::move(message));
  }
  wake();
}

void Sender::set_settings(std::shared_ptr<const model::AlertingSettings> settings) {
  post([settings = std::move(settings)](Impl& impl) { impl.set_settings(settings); });
}

void Sender::enqueue(std::vector<Notification> notifications) {
  post([notifications = std::move(notifications)](Impl& impl) mutable {
    impl.enqueue(std::move(notifications));
  });
}

void Sender::settled(std::vector<std::string> ids) {
  post([ids = std::move(ids)](Impl& impl) { impl.settled(ids); });
}

void Sender::set_healthy(bool healthy) {
  post([healthy](Impl& impl) { impl.healthy = healthy; });
}

void Sender::drain() {
  post([](Impl& impl) { impl.draining = true; });
}

void Sender::wake() {
  impl_->wake();
}

Sender::Counters Sender::counters() const {
  const std::scoped_lock lock(counters_mutex_);
  return counters_;
}

void Sender::step(milliseconds wait) {
  std::vector<std::function<void(Impl&)>> messages;
  {
    const std::scoped_lock lock(messages_mutex_);
    messages.swap(messages_);
  }
  for (const auto& message : messages) {
    message(*impl_);
  }
  impl_->begin();
  impl_->poll(wait);
  impl_->report();
  idle_.store(impl_->idle());
  Counters counted = impl_->counters();
  const std::scoped_lock lock(counters_mutex_);
  counters_ = std::move(counted);
}

}  // namespace auditor::daemon
