#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/report.h"
#include "storage/reader.h"
#include "web/app.h"

/// A world for the web room: what a daemon would have put on the board and into its database.
namespace auditor::testing {

inline constexpr base::Timestamp noon{std::chrono::milliseconds(1'790'000'000'000)};

/// Rows in memory; gives what was put in, and remembers what was asked.
class MemoryReader final : public storage::Reader {
 public:
  struct Rows {
    std::vector<model::Finding> findings;
    std::vector<model::Transition> transitions;
    std::vector<model::JobRecord> jobs;
    storage::Timeline timeline;
    storage::Changes changes;
    std::vector<storage::ChangedCluster> changed;
    std::vector<storage::FleetScore> fleet_scores;
    std::vector<model::Notification> notifications;
    std::string next;
    storage::FindingFilter asked_findings;
    storage::JobFilter asked_jobs;
    storage::TimelineQuery asked_timeline;
    storage::NotificationFilter asked_notifications;
    base::Result<void> failure;
  };
  explicit MemoryReader(Rows& rows) : rows_(&rows) {}

  base::Result<storage::Page<model::Finding>> findings(
      const storage::FindingFilter& filter) override;
  base::Result<std::optional<storage::FindingHistory>> finding(const std::string& id) override;
  base::Result<storage::Page<model::JobRecord>> jobs(const storage::JobFilter& filter) override;
  base::Result<std::optional<model::JobRecord>> job(const std::string& id) override;
  base::Result<storage::Timeline> timeline(const std::string& job,
                                           const storage::TimelineQuery& query) override;
  base::Result<storage::Timeline> cluster_timeline(const std::string& cluster,
                                                   const storage::TimelineQuery& query) override;
  base::Result<storage::Changes> changes(const storage::TimelineQuery& query) override;
  base::Result<std::vector<storage::ChangedCluster>> changed(
      const storage::TimelineQuery& query) override;
  base::Result<std::vector<storage::FleetScore>> fleet_scores(
      const storage::TimelineQuery& query) override;
  base::Result<storage::Page<model::Notification>> notifications(
      const storage::NotificationFilter& filter) override;
  base::Result<std::optional<model::Notification>> notification(const std::string& id) override;
  base::Result<std::vector<model::Alert>> alerts() override { return std::vector<model::Alert>{}; }
  base::Result<std::vector<model::Silence>> silences(base::Timestamp /*after*/) override {
    return std::vector<model::Silence>{};
  }

 private:
  Rows* rows_;
};

/// Does what it is told, and remembers it.
class MemoryCommands final : public web::Commands {
 public:
  base::Result<void> reload() override;
  base::Result<void> audit_now(const std::string& cluster) override;
  base::Result<model::Waiver> add_waiver(model::Waiver waiver) override;
  base::Result<bool> remove_waiver(const std::string& id) override;
  base::Result<model::Silence> add_silence(model::Silence silence) override;
  base::Result<bool> end_silence(const std::string& id) override;
  base::Result<bool> retry_notification(const std::string& id) override;
  base::Result<std::size_t> send_digest() override;

  std::vector<std::string> calls;
  model::Silence silence;  ///< the latest that was added
  std::size_t digests = 1;
  base::Result<void> failure;
};

/// Board, rows, commands and an App over them, with two clusters: "prod" (up, judged: two jobs, one
/// high, one medium and one waived finding) and "down" (never judged).
struct WebWorld {
  explicit WebWorld(model::WebSettings settings = {});

  /// The answer to `METHOD TARGET` from localhost.
  web::Response ask(std::string_view method, std::string_view target, web::Headers headers = {},
                    std::string body = {});
  /// The same for GET, as JSON; the test fails unless it is `status` and JSON.
  nlohmann::json get(std::string_view target, int status = 200);

  web::Board board;
  MemoryReader::Rows rows;
  MemoryCommands commands;
  web::App app;
};

inline constexpr std::string_view token = "a-token-of-tests";

/// Settings with `token`, and basic authentication of user "me" with password "secret".
model::WebSettings with_credentials();

/// A report with the findings that `WebWorld` tells of.
model::AuditReport report_of_tests();

}  // namespace auditor::testing
