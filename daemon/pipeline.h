#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "audit/audit.h"
#include "audit/history.h"
#include "base/mailbox.h"
#include "base/time.h"
#include "checks/tracker.h"
#include "checks/waivers.h"
#include "daemon/alert_desk.h"
#include "daemon/ledger.h"
#include "daemon/look.h"
#include "daemon/sender.h"
#include "model/report.h"
#include "model/settings.h"
#include "storage/store.h"
#include "web/board.h"

namespace auditor::daemon {

/// The pipeline thread's work: takes looks, judges them, follows findings, writes history, puts
/// reports on the board. It alone owns the store.
///
/// What the store cannot take (a full disk) waits in memory and is written with the next success;
/// while too much waits, looks are dropped unjudged and counted, so that no change of a finding is
/// lost.
class Pipeline {
 public:
  struct World {
    std::function<base::Timestamp()> now;
    web::Board* board = nullptr;
    Ledger::World sender{};                    ///< whom notifications are given to
    std::function<Sender::Counters()> sent{};  ///< how that goes
  };

  Pipeline(std::unique_ptr<storage::Store> store, World world);

  // Before the thread starts.

  /// Takes up what the store remembers, and puts it on the board.
  base::Result<void> restore();

  // From any thread.

  /// False where there is no room: the look is lost.
  bool deliver(Look look);

  /// Runs `command` on the pipeline's thread, as soon as it can.
  void command(std::function<void()> command);

  /// Looks that wait.
  [[nodiscard]] std::size_t waiting() const { return inbox_.size(); }

  // On the pipeline's thread.

  void set_settings(std::shared_ptr<const model::DaemonSettings> settings);

  /// The fleet from now on. Clusters that left are resolved and taken off the board; ones that only
  /// the store remembers, too, where `complete` says that every source has told its targets.
  void set_fleet(const std::vector<model::ClusterSettings>& clusters, bool complete);

  base::Result<model::Waiver> add_waiver(model::Waiver waiver);
  base::Result<bool> remove_waiver(const std::string& id);

  base::Result<model::Silence> add_silence(model::Silence silence);
  /// False where none holds or will hold that has the id.
  base::Result<bool> end_silence(const std::string& id);
  /// Sends a dead notification again; false where there is none.
  base::Result<bool> retry_notification(const std::string& id);
  /// Tells now what the next digest would; how many notifications that made.
  base::Result<std::size_t> send_digest();
  /// What the sender's attempts came to.
  void take_attempts(std::vector<model::Notification> attempted);

  /// One step: takes what has arrived (waiting at most `wait`), judges, commits.
  void step(std::chrono::milliseconds wait);

  /// Judges what still waits, and writes all that is unwritten and the latest reports, until
  /// `deadline`. Errors: `file`, where something could not be written.
  base::Result<void> finish(std::chrono::steady_clock::time_point deadline);

 private:
  struct Cluster {
    explicit Cluster(const std::string& name) : auditor(name), history(name), tracker(name) {}

    bool watched = false;  ///< it belongs to the fleet; else the store alone remembers it
    std::string url;
    std::map<std::string, std::string> labels;
    audit::Auditor auditor;
    audit::History history;
    checks::Tracker tracker;
    std::shared_ptr<const model::AuditReport> report;
    std::shared_ptr<const web::LatestLook> latest_look;  ///< nullptr: it is on the board
    bool report_changed = true;                          ///< since it was put on the board
    bool report_has_news = false;  ///< since it was stored: a finding or a score changed
    base::Timestamp report_stored_at{};
    std::optional<base::Timestamp> watched_since;  // the first look that saw it
    checks::WaiverMatches waiver_matches;
  };

  using Message = std::variant<Look, std::function<void()>>;

  Cluster& cluster_of(const std::string& name);
  void judge(const Look& look);
  void write();
  /// What came of writing to the store, for the log and the board.
  void note_store(const base::Result<void>& written);
  /// Writes reports that are due, `most` of them.
  void store_reports(std::size_t most);
  void tidy();
  void publish_waivers();
  void publish_load();
  /// Alerts: what is due is stored and sent.
  void tell();
  void watch_itself(base::Timestamp now);
  void publish_alerting(base::Timestamp now);
  void tell_deployments(const model::CycleRecord& record);
  std::size_t add_digest(base::Timestamp now);
  void remove_cluster(const std::string& name);
  [[nodiscard]] bool overburdened() const;
  static base::Timestamp due_of(const Cluster& cluster);

  std::unique_ptr<storage::Store> store_;
  World world_;
  base::Mailbox<Message> inbox_;
  std::shared_ptr<const model::DaemonSettings> settings_;
  model::Settings effective_;  // the configuration's, with the waivers of the API
  std::unordered_map<std::string, Cluster> clusters_;
  // Of `clusters_`, those whose audits the board waits for.
  std::vector<std::pair<const std::string*, Cluster*>> judged_;
  AlertDesk desk_;
  Ledger ledger_;
  std::optional<base::Timestamp> digest_at_;
  std::chrono::steady_clock::time_point tell_at_{};
  std::map<std::string, std::size_t> dead_;         // notifications, by receiver
  std::map<std::string, std::string> last_errors_;  // by receiver; without those that work again
  std::optional<base::Timestamp> last_dead_at_;
  std::uint64_t dropped_ = 0;  // looks, as last seen
  std::optional<base::Timestamp> last_dropped_at_;
  std::uint64_t missed_ = 0;         // looks, when the window of `missed_since_` began
  std::uint64_t missed_before_ = 0;  // and the one before it
  std::optional<base::Timestamp> missed_since_;
  std::vector<model::Waiver> api_waivers_;
  std::vector<model::CycleRecord> unwritten_;
  std::chrono::steady_clock::time_point write_again_at_{};
  std::chrono::steady_clock::time_point tidy_at_{};
  std::chrono::steady_clock::time_point published_at_{};
  base::Timestamp reports_due_at_{};  // no report is to be stored before
  std::string store_error_;
  bool unwritten_shown_ = false;  // the board tells that records wait
};

}  // namespace auditor::daemon
