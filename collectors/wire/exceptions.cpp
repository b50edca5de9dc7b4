#include "collectors/wire/exceptions.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "collectors/wire/json.h"
#include "model/stack_trace.h"
#include "model/task_manager_loss.h"

namespace auditor::collectors::wire {

namespace {

constexpr std::size_t most_failures = 20;
constexpr std::size_t most_concurrent = 4;  // of one failure; each of another cause

/// A name that Flink's users and hosts choose, at a length that they never need.
std::string bounded(std::string text) {
  constexpr std::size_t longest = 300;
  if (text.size() > longest) {
    return base::shorten(text, longest);
  }
  return text;
}

/// Reads a stack trace, once for all looks: that takes longer than most checks. `exception` has its
/// TaskManager by then.
void explain(model::JobException& exception, std::string_view stack_trace) {
  exception.trace = model::condensed(stack_trace);
  exception.end = model::end_told_by(exception.trace, exception.task_manager);
  model::Cause cause = model::cause_of(stack_trace);
  exception.title = std::move(cause.title);
  exception.fingerprint = std::move(cause.fingerprint);
}

/// The TaskManager's id since 1.17; "host:port" as `endpoint` since 1.19, as `location` up to 1.20.
std::string task_manager(Object row) {
  for (const std::string_view key : {"taskManagerId", "endpoint", "location"}) {
    std::string found = text(row, key).value_or("");
    if (!found.empty() && found != "(unassigned)") {
      return bounded(std::move(found));
    }
  }
  return {};
}

/// An entry of the history, or of a failure's `concurrentExceptions`.
model::JobException of_history(Object row) {
  model::JobException exception;
  exception.name = bounded(text(row, "exceptionName").value_or(""));
  exception.task = bounded(text(row, "taskName").value_or(""));
  exception.task_manager = task_manager(row);
  explain(exception, text(row, "stacktrace").value_or(exception.name));
  exception.at = timestamp(row, "timestamp");
  return exception;
}

void add_concurrent(Object row, model::RootException& root) {
  const auto rows = array(row, "concurrentExceptions");
  if (!rows) {
    return;
  }
  for (const Element element : *rows) {
    Object concurrent;
    if (element.get(concurrent) != simdjson::SUCCESS) {
      continue;
    }
    ++root.concurrent_count;
    if (root.concurrent.size() >= most_concurrent) {
      continue;  // a lost TaskManager fails hundreds of tasks: they tell nothing new
    }
    model::JobException exception = of_history(concurrent);
    const bool known =
        exception.fingerprint == root.exception.fingerprint ||
        std::ranges::find(root.concurrent, exception.fingerprint,
                          &model::JobException::fingerprint) != root.concurrent.end();
    if (!known) {
      root.concurrent.push_back(std::move(exception));
    }
  }
}

void add_history(Array rows, std::vector<model::RootException>& into) {
  std::size_t index = 0;
  for (const Element element : rows) {
    Object row;
    if (into.size() < most_failures && element.get(row) == simdjson::SUCCESS) {
      model::RootException& root = into.emplace_back();
      root.exception = of_history(row);
      root.index = index;
      add_concurrent(row, root);
    }
    ++index;
  }
}

void add_executions(Array rows, std::vector<model::JobException>& into) {
  for (const Element element : rows) {
    Object row;
    if (into.size() == most_failures) {
      return;
    }
    if (element.get(row) == simdjson::SUCCESS) {
      model::JobException& exception = into.emplace_back();
      exception.task = bounded(text(row, "task").value_or(""));
      exception.task_manager = task_manager(row);
      explain(exception, text(row, "exception").value_or(""));
      exception.at = timestamp(row, "timestamp");
    }
  }
}

}  // namespace

base::Result<model::JobExceptions> decode_exceptions(std::string_view body) {
  const auto document = parse_object(body);
  if (!document) {
    return tl::unexpected(document.error());
  }
  const auto history = object(*document, "exceptionHistory");
  const auto entries = history ? array(*history, "entries") : std::nullopt;
  if (!entries) {
    return base::fail(base::ErrorKind::not_flink,
                      "JSON without \"exceptionHistory\": not the exceptions of a Flink job");
  }
  model::JobExceptions exceptions;
  add_history(*entries, exceptions.history);
  if (const auto executions = array(*document, "all-exceptions")) {
    add_executions(*executions, exceptions.of_executions);
  }
  if (const auto root = text(*document, "root-exception")) {
    exceptions.root.emplace();
    explain(*exceptions.root, *root);
    exceptions.root->at = timestamp(*document, "timestamp");
  }
  return exceptions;
}

}  // namespace auditor::collectors::wire
