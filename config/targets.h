#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/settings.h"

namespace auditor::config {

/// Reads targets in Prometheus' shape, YAML or JSON: a list of `{targets: [host:port or URL, …],
/// labels: {…}}`. Each target becomes a cluster with what `defaults` has. Of the labels, `cluster`
/// names it, `__scheme__` and `__path__` complete an address without them, `__scrape_interval__`
/// and
/// `__scrape_timeout__` set interval and request timeout; other `__*` are dropped and the rest adds
/// to the labels of `defaults`. The same target twice counts once; a name or a URL with two
/// meanings is an error. Nothing is expanded: targets may come from elsewhere. Errors:
/// `configuration`, as "name:line:column: what".
base::Result<std::vector<model::ClusterSettings>> parse_targets(
    const std::string& name, const std::string& text, const model::ClusterSettings& defaults);

/// The files that `FileDiscovery::files` names now, sorted, each once. Where the last part has a *
/// or ?, those that match it and do not begin with a dot; none is no error. Errors: `file`, where a
/// folder cannot be read.
base::Result<std::vector<std::string>> expand_file_globs(std::span<const std::string> patterns);

}  // namespace auditor::config
