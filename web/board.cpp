#include "web/board.h"

#include <algorithm>
#include <utility>

#include "base/gzip.h"

namespace auditor::web {

namespace {

constexpr base::Bytes most_report = base::mebibytes(256);

std::shared_ptr<const ReportSummary> summary_of(const ClusterEntry& entry) {
  if (entry.report) {
    return std::make_shared<const ReportSummary>(summarize(*entry.report));
  }
  if (entry.stored_report) {
    if (const auto document = base::gunzip(*entry.stored_report, most_report)) {
      if (auto summary = summarize(*document)) {
        return std::make_shared<const ReportSummary>(*std::move(summary));
      }
    }
  }
  return nullptr;
}

}  // namespace

void PollTotals::add(const ClusterStatus& status) {
  for (std::size_t i = 0; i < durations.size(); ++i) {
    durations.at(i) += status.durations.at(i);
  }
  duration_sum_seconds += status.duration_sum_seconds;
}

void Board::put(ClusterEntry entry) {
  entry.summary = summary_of(entry);  // before the lock: it may take milliseconds
  std::string name = entry.status.name;
  const std::scoped_lock lock(mutex_);
  clusters_.insert_or_assign(std::move(name), std::move(entry));
}

void Board::put_status(const ClusterStatus& status) {
  const std::scoped_lock lock(mutex_);
  clusters_[status.name].status = status;
}

void Board::put_audit(const std::string& cluster, Audit audit) {
  std::shared_ptr<const ReportSummary> summary;
  if (audit.changed || !has_report(cluster)) {
    summary = std::make_shared<const ReportSummary>(summarize(*audit.report));
  }
  const std::scoped_lock lock(mutex_);
  const auto found = clusters_.find(cluster);
  if (found == clusters_.end()) {
    return;
  }
  // What was there before ends after the lock.
  ClusterEntry& entry = found->second;
  entry.report.swap(audit.report);
  if (audit.look) {
    entry.latest_look.swap(audit.look);
  }
  if (summary) {
    entry.summary.swap(summary);
    entry.stored_report = nullptr;
  }
}

bool Board::has_report(const std::string& cluster) const {
  const std::scoped_lock lock(mutex_);
  const auto found = clusters_.find(cluster);
  return found != clusters_.end() && found->second.report != nullptr;
}

void Board::remove(const std::string& cluster) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = clusters_.find(cluster); found != clusters_.end()) {
    gone_.add(found->second.status);
    clusters_.erase(found);
  }
}

void Board::put_waivers(std::vector<WaiverStatus> waivers) {
  const std::scoped_lock lock(mutex_);
  waivers_ = std::move(waivers);
}

void Board::put_alerting(std::shared_ptr<const AlertingStatus> alerting) {
  if (!alerting) {
    return;
  }
  const std::scoped_lock lock(mutex_);
  alerting_.swap(alerting);  // the old one ends after the lock
}

void Board::put_settings(std::shared_ptr<const model::Settings> settings) {
  const std::scoped_lock lock(mutex_);
  settings_ = std::move(settings);
}

std::vector<ClusterEntry> Board::clusters() const {
  std::vector<ClusterEntry> entries;
  {
    const std::scoped_lock lock(mutex_);
    entries.reserve(clusters_.size());
    for (const auto& [name, entry] : clusters_) {
      entries.push_back(entry);
    }
  }
  std::ranges::sort(entries, {},
                    [](const ClusterEntry& e) -> const auto& { return e.status.name; });
  return entries;
}

std::optional<ClusterEntry> Board::cluster(const std::string& name) const {
  const std::scoped_lock lock(mutex_);
  const auto found = clusters_.find(name);
  return found == clusters_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<WaiverStatus> Board::waivers() const {
  const std::scoped_lock lock(mutex_);
  return waivers_;
}

std::shared_ptr<const AlertingStatus> Board::alerting() const {
  const std::scoped_lock lock(mutex_);
  return alerting_;
}

DaemonStatus Board::daemon() const {
  const std::scoped_lock lock(mutex_);
  return daemon_;
}

PollTotals Board::poll_totals() const {
  const std::scoped_lock lock(mutex_);
  PollTotals totals = gone_;
  for (const auto& [name, entry] : clusters_) {
    totals.add(entry.status);
  }
  return totals;
}

std::shared_ptr<const model::Settings> Board::settings() const {
  const std::scoped_lock lock(mutex_);
  return settings_;
}

}  // namespace auditor::web
