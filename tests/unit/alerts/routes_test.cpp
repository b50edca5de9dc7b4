#include "alerts/routes.h"

#include <gtest/gtest.h>

#include "alerts/mutes.h"
#include "tests/unit/alerts/desk.h"

namespace auditor::alerts {
namespace {

using namespace testing;
using namespace std::chrono_literals;

model::Route route(const std::string& receiver, const std::vector<std::string>& which,
                   std::vector<model::Route> below = {}, bool continues = false) {
  model::Route one;
  one.receiver = receiver;
  one.matchers = matchers(which);
  one.routes = std::move(below);
  one.continues = continues;
  return one;
}

std::vector<std::string> receivers(const RouteTree& tree,
                                   const std::map<std::string, std::string>& labels) {
  std::vector<std::string> names;
  for (const RouteNode* node : tree.find(labels)) {
    names.push_back(node->receiver->name);
  }
  return names;
}

RouteTree tree_of(const model::Route& root) {
  auto settings = std::make_shared<model::AlertingSettings>();
  for (const char* name : {"root", "a", "b", "c"}) {
    model::ReceiverSettings receiver;
    receiver.name = name;
    settings->receivers.push_back(receiver);
  }
  settings->route = root;
  return RouteTree(settings);
}

TEST(Routes, TheDeepestMatchWins) {
  const RouteTree tree = tree_of(
      route("root", {}, {route("a", {"x=1"}, {route("b", {"y=~\"2|3\""})}), route("c", {"y=2"})}));
  EXPECT_EQ(receivers(tree, {}), (Told{"root"}));
  EXPECT_EQ(receivers(tree, {{"x", "1"}}), (Told{"a"}));
  EXPECT_EQ(receivers(tree, {{"x", "1"}, {"y", "3"}}), (Told{"b"}));
  EXPECT_EQ(receivers(tree, {{"y", "2"}}), (Told{"c"}));
  EXPECT_EQ(receivers(tree, {{"y", "3"}}), (Told{"root"}));
}

TEST(Routes, ContinueGoesOnToLaterSiblings) {
  const RouteTree tree = tree_of(route(
      "root", {}, {route("a", {"x=1"}, {}, true), route("b", {"x!=2"}), route("c", {"x=1"})}));
  EXPECT_EQ(receivers(tree, {{"x", "1"}}), (Told{"a", "b"}));
  EXPECT_EQ(receivers(tree, {{"x", "2"}}), (Told{"root"}));
}

TEST(Routes, AnAbsentLabelReadsAsEmpty) {
  const RouteTree tree = tree_of(route("root", {}, {route("a", {"x=\"\""}), route("b", {"x!~1"})}));
  EXPECT_EQ(receivers(tree, {}), (Told{"a"}));
  EXPECT_EQ(receivers(tree, {{"x", "2"}}), (Told{"b"}));
  EXPECT_EQ(receivers(tree, {{"x", "1"}}), (Told{"root"}));
}

TEST(Routes, KeysHangOnRouteReceiverAndLabels) {
  model::Route root = route("root", {}, {route("a", {"x=1"})});
  root.group_by = {"cluster"};
  root.routes[0].group_by = {"..."};
  const RouteTree tree = tree_of(root);
  const RouteNode& top = *tree.find({}).at(0);
  const RouteNode& inner = *tree.find({{"x", "1"}}).at(0);
  const auto key = [](const RouteNode& node, const std::map<std::string, std::string>& labels,
                      const std::string& id) {
    return group_key(node, group_labels(node, labels), id);
  };
  EXPECT_EQ(key(top, {{"cluster", "p"}, {"job", "j"}}, "1"), key(top, {{"cluster", "p"}}, "2"));
  EXPECT_NE(key(top, {{"cluster", "p"}}, "1"), key(top, {{"cluster", "q"}}, "1"));
  EXPECT_NE(key(inner, {{"x", "1"}}, "1"), key(inner, {{"x", "1"}}, "2"));
  EXPECT_EQ(key(top, {}, "1").size(), 32U);

  model::AlertGroup group;
  group.receiver = "root";
  group.labels = {{"cluster", "p"}};
  group.key = key(top, {{"cluster", "p"}}, "1");
  EXPECT_EQ(tree.of_group(group), &top);
  group.receiver = "gone";
  EXPECT_EQ(tree.of_group(group), nullptr);
  group.receiver = "a";
  group.key = key(inner, {{"x", "1"}}, "7");
  group.told["7"] = 1;
  EXPECT_EQ(tree.of_group(group), &inner);
}

TEST(Windows, HoldByDayAndHourUtc) {
  const model::MaintenanceWindow daily{
      .name = "d", .matchers = {}, .days = {}, .from = 11h, .lasts = 1h + 1min};
  EXPECT_EQ(window_end(daily, start), start + 1min);
  EXPECT_EQ(window_end(daily, start + 1min), std::nullopt);
  EXPECT_EQ(window_end(daily, start - 1h), start + 1min);
  EXPECT_EQ(window_end(daily, start - 1h - 1ms), std::nullopt);
  const model::MaintenanceWindow weekend{
      .name = "w", .matchers = {}, .days = {std::chrono::Friday}, .from = 20h, .lasts = 60h};
  EXPECT_EQ(window_end(weekend, start), std::nullopt);
  EXPECT_EQ(window_end(weekend, start + 48h), start + 68h);
  EXPECT_EQ(window_end(weekend, start + 68h), std::nullopt);
}

}  // namespace
}  // namespace auditor::alerts
