#include "alerts/routes.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/murmur3.h"
#include "model/matcher.h"

namespace auditor::alerts {

namespace {

using model::AlertingSettings;
using model::ReceiverKind;
using model::ReceiverSettings;
using model::Route;
using std::chrono::milliseconds;

using Labels = std::map<std::string, std::string>;

/// Alertmanager groups, waits and repeats by itself. It forgets an alert that it is not told of
/// for a while, so that it is told of all that fires once a minute.
constexpr milliseconds alertmanager_interval{15'000};
constexpr milliseconds alertmanager_repeat{60'000};

std::unique_ptr<RouteNode> make_node(const Route& route, const std::string& above,
                                     const std::vector<ReceiverSettings>& receivers,
                                     std::vector<const RouteNode*>& all) {
  auto node = std::make_unique<RouteNode>();
  node->path = above;
  node->path += '/';
  for (const model::Matcher& matcher : route.matchers) {
    node->path += to_text(matcher);
    node->path += ',';
  }
  const auto receiver = std::ranges::find(receivers, route.receiver, &ReceiverSettings::name);
  node->receiver = receiver == receivers.end() ? nullptr : &*receiver;
  node->matchers = Matchers::of(route.matchers);
  node->group_by = route.group_by;
  node->each_alone = std::ranges::find(route.group_by, "...") != route.group_by.end();
  node->group_wait = route.group_wait;
  node->group_interval = route.group_interval;
  node->repeat_interval = route.repeat_interval;
  if (node->receiver != nullptr && node->receiver->kind == ReceiverKind::alertmanager) {
    node->group_by.clear();
    node->each_alone = false;
    node->group_wait = milliseconds(0);
    node->group_interval = std::min(node->group_interval, alertmanager_interval);
    node->repeat_interval = std::min(node->repeat_interval, alertmanager_repeat);
  }
  node->continues = route.continues;
  all.push_back(node.get());
  node->routes.reserve(route.routes.size());
  for (const Route& inner : route.routes) {
    node->routes.push_back(make_node(inner, node->path, receivers, all));
  }
  return node;
}

/// Whether the node or one below it matches.
bool find_in(const RouteNode& node, const Labels& labels, std::vector<const RouteNode*>& found) {
  if (!node.matchers.fit(labels)) {
    return false;
  }
  bool deeper = false;
  for (const auto& inner : node.routes) {
    if (find_in(*inner, labels, found)) {
      deeper = true;
      if (!inner->continues) {
        break;
      }
    }
  }
  if (!deeper && node.receiver != nullptr) {
    found.push_back(&node);
  }
  return true;
}

}  // namespace

RouteTree::RouteTree(std::shared_ptr<const AlertingSettings> settings)
    : settings_(std::move(settings)) {
  if (settings_ != nullptr && settings_->route) {
    root_ = make_node(*settings_->route, {}, settings_->receivers, all_);
  }
}

std::vector<const RouteNode*> RouteTree::find(const Labels& labels) const {
  std::vector<const RouteNode*> found;
  if (root_ != nullptr) {
    find_in(*root_, labels, found);
  }
  return found;
}

const RouteNode* RouteTree::of_group(const model::AlertGroup& group) const {
  const std::string alert = group.told.empty() ? std::string() : group.told.begin()->first;
  const auto node = std::ranges::find_if(all_, [&](const RouteNode* one) {
    return one->receiver != nullptr && one->receiver->name == group.receiver &&
           group_key(*one, group.labels, alert) == group.key;
  });
  return node == all_.end() ? nullptr : *node;
}

Labels group_labels(const RouteNode& node, const Labels& labels) {
  if (node.each_alone) {
    return labels;
  }
  Labels grouping;
  for (const std::string& name : node.group_by) {
    if (const auto found = labels.find(name); found != labels.end()) {
      grouping.insert(*found);
    }
  }
  return grouping;
}

std::string group_key(const RouteNode& node, const Labels& labels, const std::string& alert_id) {
  std::string text = node.path;
  const auto add = [&text](const std::string& part) {
    text += '\0';
    text += part;
  };
  add(node.receiver->name);
  if (node.each_alone) {
    add(alert_id);  // whatever its labels become
  } else {
    for (const auto& [name, value] : labels) {
      add(name);
      add(value);
    }
  }
  return base::to_hex(base::murmur3_x64_128(text));
}

bool tracks_alerts(ReceiverKind kind) {
  return kind == ReceiverKind::pagerduty || kind == ReceiverKind::opsgenie;
}

}  // namespace auditor::alerts
