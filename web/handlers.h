#pragma once

#include <string>
#include <string_view>

#include "model/history.h"
#include "web/app.h"

/// The handlers of the routes: what each answers is in web/openapi.json.
namespace auditor::web {

/// A file that was built into the program.
Answer embedded(std::string_view name, std::string content_type);

/// The job that the path names.
tl::expected<model::JobRecord, Problem> named_job(const Context& context);

Answer get_page(const Context& context);
Answer get_asset(const Context& context);
Answer get_healthy(const Context& context);
Answer get_ready(const Context& context);
Answer post_reload(const Context& context);
Answer get_metrics(const Context& context);
Answer get_openapi(const Context& context);
Answer get_status(const Context& context);

Answer get_fleet(const Context& context);
Answer get_fleet_scores(const Context& context);
Answer get_changes(const Context& context);
Answer get_changed_subjects(const Context& context);
Answer get_overview(const Context& context);
Answer get_clusters(const Context& context);
Answer get_cluster(const Context& context);
Answer get_cluster_report(const Context& context);
Answer get_cluster_report_page(const Context& context);
Answer get_cluster_timeline(const Context& context);
Answer post_cluster_audit(const Context& context);
Answer get_coverage(const Context& context);
Answer get_exceptions(const Context& context);

Answer get_jobs(const Context& context);
Answer get_job(const Context& context);
Answer get_job_graph(const Context& context);
Answer get_job_what_if(const Context& context);
Answer get_job_timeline(const Context& context);
Answer get_job_checkpoints(const Context& context);

Answer get_findings(const Context& context);
Answer get_finding(const Context& context);

Answer get_checks(const Context& context);
Answer get_check(const Context& context);

Answer get_alerts(const Context& context);
Answer get_silences(const Context& context);
Answer post_silence(const Context& context);
Answer delete_silence(const Context& context);
Answer get_receivers(const Context& context);
Answer get_notifications(const Context& context);
Answer get_notification(const Context& context);
Answer post_notification_retry(const Context& context);
Answer post_digest(const Context& context);

Answer get_waivers(const Context& context);
Answer post_waiver(const Context& context);
Answer delete_waiver(const Context& context);

}  // namespace auditor::web
