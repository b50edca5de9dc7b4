#include "checks/subjects.h"

namespace auditor::checks {

namespace {

bool is_of(const model::Subject& subject, const model::JobOverview& job) {
  return subject.job_id == job.id && subject.job_name == job.name;
}

}  // namespace

Subjects::Shared Subjects::job(const model::JobOverview& job) {
  if (!is_of(*job_, job)) {
    model::Subject& subject = job_.edit();
    subject = {};
    subject.kind = model::SubjectKind::job;
    subject.job_id = job.id;
    subject.job_name = job.name;
  }
  return job_;
}

Subjects::Shared Subjects::vertex(const model::JobOverview& job, const model::JobVertex& vertex) {
  if (vertex.index >= vertices_.size()) {
    vertices_.resize(vertex.index + 1);
  }
  Shared& known = vertices_[vertex.index];
  if (known->vertex_id != vertex.id || known->vertex_name != vertex.name ||
      known->vertex_ordinal != vertex.ordinal || !is_of(*known, job)) {
    model::Subject& subject = known.edit();
    subject = *this->job(job);
    subject.kind = model::SubjectKind::vertex;
    subject.vertex_id = vertex.id;
    subject.vertex_name = vertex.name;
    subject.vertex_ordinal = vertex.ordinal;
  }
  return known;
}

}  // namespace auditor::checks
