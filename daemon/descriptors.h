#pragma once

#include <cstddef>

namespace auditor::daemon {

/// Lets the process open as many files as the system allows it: the limit that shells set is for
/// programs that call select(2).
void raise_descriptor_limit();

/// How many files the process may open.
std::size_t descriptor_limit();

/// How many idle connections to keep, so that a look finds those of the one before: a new one costs
/// the JobManager more than the question, with TLS most of all. `of_clusters` are the requests to
/// each cluster at one time, added up; `least` are kept for few clusters too; half of `descriptors`
/// is left for all else.
std::size_t connections_to_keep(std::size_t of_clusters, std::size_t least,
                                std::size_t descriptors);

}  // namespace auditor::daemon
