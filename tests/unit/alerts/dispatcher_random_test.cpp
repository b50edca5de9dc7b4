#include <random>
#include <set>

#include <gtest/gtest.h>

#include "tests/unit/alerts/desk.h"

namespace auditor::alerts {
namespace {

using namespace testing;
using namespace std::chrono_literals;

/// Alerts that come and go at random, with silences, restarts, reloads and a clock that is set
/// back, and all that is said of them.
class Chaos {
 public:
  Chaos(unsigned seed, bool silences) : random_(seed), silences_(silences) {
    desk_.settings.receivers[0].max_alerts = 1'000;
    model::ReceiverSettings& pager = desk_.add_receiver("pager");
    pager.kind = model::ReceiverKind::pagerduty;
    model::Route to_pager;
    to_pager.receiver = "pager";
    to_pager.matchers = matchers({"severity=~\"high|critical\""});
    to_pager.group_by = {"cluster", "check"};
    to_pager.continues = true;
    model::Route to_team;
    to_team.receiver = "team";
    to_team.group_by = {"cluster"};
    desk_.settings.route->routes = {to_pager, to_team};
    desk_.open();
  }

  void run() {
    for (int i = 0; i < 1'500; ++i) {
      step();
    }
    // All silences are over, all inhibitions, too, and what is over is told.
    const std::map<std::string, model::Alert> open = desk_.alerts;
    for (const auto& [id, one] : open) {
      if (one.firing) {
        end(id);
      }
    }
    for (int i = 0; i < 300; ++i) {
      desk_.now += 1min;
      take();
    }
    EXPECT_TRUE(desk_.alerts.empty()) << desk_.alerts.begin()->first;
    EXPECT_TRUE(desk_.groups.empty());
    EXPECT_EQ(desk_.dispatcher->next(), base::Timestamp::max());
    compare();
  }

 private:
  using Changes = std::vector<std::pair<base::Timestamp, bool>>;

  std::size_t below(std::size_t bound) { return random_() % bound; }

  void step() {
    desk_.now += std::chrono::milliseconds(1 + below(90'000));
    for (std::size_t changes = below(6); changes > 0; --changes) {
      change();
    }
    if (silences_ && below(40) == 0) {
      desk_.silence(fmt::format("s{}", ++serial_), {fmt::format("cluster=c{}", below(3))},
                    desk_.now + std::chrono::minutes(below(60)));
    }
    if (below(15) == 0) {
      desk_.restart();
    }
    if (below(40) == 0) {
      desk_.load();
    }
    take();
  }

  void change() {
    static const std::vector<std::string> checks{"restart-loop", "checkpoint-failing",
                                                 "checkpoint-stale", "bottleneck"};
    const bool inhibits = silences_ && below(8) == 0;
    model::Alert one =
        inhibits ? alert(fmt::format("c{}", below(3)), "", "cluster-unreachable", desk_.now)
                 : alert(fmt::format("c{}", below(3)), fmt::format("j{}", below(3)),
                         silences_ ? checks[below(4)] : fmt::format("k{}", below(3)), desk_.now,
                         below(2) == 0 ? model::Severity::high : model::Severity::low);
    desk_.now += 1ms;  // so that each change has its own time
    if (const auto known = desk_.alerts.find(one.id);
        known != desk_.alerts.end() && known->second.firing) {
      end(one.id);
      return;
    }
    if (const auto severity = severities_.find(one.id); severity != severities_.end()) {
      one.severity = severity->second;
      one.labels["severity"] = to_text(one.severity);
    }
    severities_[one.id] = one.severity;
    desk_.fire(one);
    happened_[one.id].emplace_back(desk_.now, true);
  }

  void end(const std::string& id) {
    desk_.now += 1ms;
    desk_.end(id);
    happened_[id].emplace_back(desk_.now, false);
  }

  void take() {
    for (const model::Message& message : desk_.take()) {
      if (const auto before = told_at_.find(message.group_key); before != told_at_.end()) {
        EXPECT_GE(message.at - before->second, 5min) << message.receiver;
      }
      told_at_[message.group_key] = message.at;
      for (const model::Alert& one : message.alerts) {
        Changes& told = told_[{message.receiver, one.id}];
        for (const model::AlertChange& change : one.changes) {
          told.emplace_back(change.at, change.firing);
        }
        EXPECT_FALSE(told.empty()) << "repeated before it was told";
        EXPECT_EQ(told.back().second, one.firing) << one.id;
      }
    }
    for (const model::Notification& notification : desk_.last.notifications) {
      EXPECT_TRUE(ids_.insert(notification.id).second);
    }
  }

  void compare() {
    for (const auto& [id, changes] : happened_) {
      for (const char* receiver : {"team", "pager"}) {
        if (std::string_view(receiver) == "pager" && severities_.at(id) < model::Severity::high) {
          EXPECT_FALSE(told_.contains({receiver, id}));
          continue;
        }
        const Changes& told = told_[{receiver, id}];
        if (!silences_) {
          EXPECT_EQ(told, changes) << receiver << " " << id;
          continue;
        }
        EXPECT_TRUE(std::ranges::is_sorted(told)) << receiver << " " << id;
        EXPECT_TRUE(std::ranges::adjacent_find(told) == told.end()) << receiver << " " << id;
        EXPECT_TRUE(std::ranges::includes(changes, told)) << receiver << " " << id;
        EXPECT_TRUE(told.empty() || !told.back().second) << receiver << " was left with " << id;
      }
    }
  }

  std::mt19937 random_;
  bool silences_;
  Desk desk_;
  int serial_ = 0;
  std::map<std::string, model::Severity> severities_;
  std::map<std::string, Changes> happened_;
  std::map<std::pair<std::string, std::string>, Changes> told_;
  std::map<std::string, base::Timestamp> told_at_;
  std::set<std::string> ids_;
};

TEST(DispatcherRandom, EveryChangeIsToldOnceToEachReceiver) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(seed);
    Chaos(seed, false).run();
  }
}

TEST(DispatcherRandom, UnderSilencesAndInhibitionsNothingIsToldTwiceOrLeftOpen) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(seed);
    Chaos(seed, true).run();
  }
}

}  // namespace
}  // namespace auditor::alerts
