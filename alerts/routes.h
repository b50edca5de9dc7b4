#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "alerts/matchers.h"
#include "model/alert.h"
#include "model/alerting_settings.h"

namespace auditor::alerts {

/// A route and the receiver that it leads to.
struct RouteNode {
  std::string path;  ///< the matchers from the root down to it
  const model::ReceiverSettings* receiver = nullptr;
  Matchers matchers;
  std::vector<std::string> group_by;
  bool each_alone = false;  ///< every alert is a group of its own
  std::chrono::milliseconds group_wait{};
  std::chrono::milliseconds group_interval{};
  std::chrono::milliseconds repeat_interval{};
  bool continues = false;
  std::vector<std::unique_ptr<RouteNode>> routes;
};

/// `alerting.route`, ready to be asked. Keeps the settings that it is made of.
class RouteTree {
 public:
  RouteTree() = default;
  explicit RouteTree(std::shared_ptr<const model::AlertingSettings> settings);

  /// Where an alert goes: the deepest routes that match.
  [[nodiscard]] std::vector<const RouteNode*> find(
      const std::map<std::string, std::string>& labels) const;

  /// The route that a group was made by; nullptr where it is gone, or its receiver.
  [[nodiscard]] const RouteNode* of_group(const model::AlertGroup& group) const;

 private:
  std::shared_ptr<const model::AlertingSettings> settings_;
  std::unique_ptr<RouteNode> root_;
  std::vector<const RouteNode*> all_;
};

/// Those labels of an alert that group it on this route.
std::map<std::string, std::string> group_labels(const RouteNode& node,
                                                const std::map<std::string, std::string>& labels);

/// `AlertGroup::key`: the same over restarts, and over a reload that leaves the route as it is.
std::string group_key(const RouteNode& node, const std::map<std::string, std::string>& labels,
                      const std::string& alert_id);

/// Receivers of this kind track each alert by itself: they are told news alone, and all of it.
bool tracks_alerts(model::ReceiverKind kind);

}  // namespace auditor::alerts
