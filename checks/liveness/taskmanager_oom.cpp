#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "checks/check.h"
#include "checks/facts.h"
#include "checks/liveness/failures.h"

namespace auditor::checks {

namespace {

using model::Evidence;
using model::JobException;
using model::JobExceptions;
using std::chrono::milliseconds;

constexpr std::array<model::OptionInfo, 1> options{{
    {.name = "window",
     .kind = model::OptionKind::duration,
     .otherwise = 21'600'000,
     .minimum = 60'000,
     .maximum = 604'800'000,
     .help = "how long ago it may have happened"},
}};

/// Which memory ran out.
enum class Kind { none, container, exit_code, yarn, heap, metaspace, direct, threads };

/// The message of the first OutOfMemoryError in a trace; nullopt where it has none.
std::optional<std::string_view> out_of_memory(std::string_view trace) {
  constexpr std::string_view name = "OutOfMemoryError";
  for (const std::string_view line : base::split(trace, '\n')) {
    const std::size_t at = line.find(name);
    // Only as the class that was thrown: a message may speak of anything.
    const std::size_t colon = line.find(": ", line.starts_with("Caused by: ") ? 11 : 0);
    if (at == std::string_view::npos || line.starts_with("\tat ") ||
        (colon != std::string_view::npos && colon < at &&
         line.find("SerializedThrowable: ") == std::string_view::npos)) {
      continue;
    }
    return line.substr(at + name.size());
  }
  return std::nullopt;
}

Kind kind_of(const JobException& exception) {
  const std::string& trace = exception.trace;
  const auto says = [&trace](std::string_view words) {
    return trace.find(words) != std::string::npos;
  };
  if (const auto message = out_of_memory(trace)) {
    const std::string words = base::to_lower(*message);
    const auto tells = [&words](std::string_view word) {
      return words.find(word) != std::string::npos;
    };
    return tells("metaspace") || tells("class space") ? Kind::metaspace
           : tells("direct")                          ? Kind::direct
           : tells("thread")                          ? Kind::threads
                                                      : Kind::heap;
  }
  if (says("OutOfDirectMemoryError")) {
    return Kind::direct;
  }
  // A drained pod may read OOMKilled too; its process then ended by SIGTERM.
  const bool by_term = says("exitCode=143");
  if (says("OOMKilled") && !by_term) {
    return Kind::container;
  }
  if (says("beyond the 'PHYSICAL' memory limit") || says("beyond physical memory limits")) {
    return Kind::yarn;
  }
  const bool killed = says("exitCode=137") || says("Exit code is 137") ||
                      says("exit code is 137") || says("exit code 137");
  return killed ? Kind::exit_code : Kind::none;
}

std::string_view words_of(Kind kind) {
  switch (kind) {
    case Kind::container:
      return "its container took more memory than its limit (OOMKilled)";
    case Kind::exit_code:
      return "its process was killed (exit code 137), mostly for too much memory";
    case Kind::yarn:
      return "its container took more physical memory than YARN allows";
    case Kind::heap:
      return "the JVM heap was full";
    case Kind::metaspace:
      return "the metaspace was full";
    case Kind::direct:
      return "the direct memory was full";
    case Kind::threads:
      return "no thread could be started";
    case Kind::none:
      break;
  }
  return "";
}

std::string remediation(const Context& context, Kind kind) {
  const std::string file(configuration_file(context.version()));
  switch (kind) {
    case Kind::container:
    case Kind::exit_code:
    case Kind::yarn:
      return fmt::format(
          "The process took memory that Flink did not plan for: RocksDB beyond its managed memory, "
          "native libraries, or fragmented allocations. In {}, leave more of the container for "
          "that, or make the container larger:\n"
          "    taskmanager.memory.jvm-overhead.fraction: 0.2\n"
          "    taskmanager.memory.jvm-overhead.max: 2g\n"
          "Keep state.backend.rocksdb.memory.managed on, and use jemalloc, as Flink's images do. "
          "It costs a restart of the TaskManagers.",
          file);
    case Kind::heap:
      return fmt::format(
          "In {}, give the tasks more heap, by a larger process or a smaller part for managed "
          "memory (which RocksDB needs):\n"
          "    taskmanager.memory.task.heap.size: …\n"
          "Where the state is on the heap, move the job to RocksDB. Where the heap grows without "
          "the state, take a heap dump (-XX:+HeapDumpOnOutOfMemoryError): user code keeps "
          "objects. It costs a restart of the TaskManagers.",
          file);
    case Kind::metaspace:
      return fmt::format(
          "Each restart loads the job's classes anew, and what still refers to the old ones "
          "(threads, JDBC drivers, thread locals) keeps them. Put such libraries into Flink's lib "
          "folder instead of the job's jar, end the threads in close(), and in {} raise\n"
          "    taskmanager.memory.jvm-metaspace.size: 512m\n"
          "It costs a restart of the TaskManagers.",
          file);
    case Kind::direct:
      return fmt::format(
          "Network buffers, connectors (Kafka, HTTP) and user code share the direct memory. In {} "
          "raise what the tasks may take of it:\n"
          "    taskmanager.memory.task.off-heap.size: 256m\n"
          "It costs a restart of the TaskManagers.",
          file);
    case Kind::threads:
      return "The operating system allows no more threads: raise the limit of the container or "
             "user (pids, ulimit -u), and look in a thread dump for a library that starts threads "
             "and never ends them.";
    case Kind::none:
      break;
  }
  return {};
}

struct Found {
  Told told;
  Kind kind = Kind::none;
};

/// What tells of memory within the window, the newest first; the history is in that order.
std::vector<Found> found_within(const Context& context, milliseconds window) {
  std::vector<Found> found;
  for (Told& told : all_told(context.get<JobExceptions>())) {
    const Kind kind = told.exception->at ? kind_of(*told.exception) : Kind::none;
    if (kind != Kind::none && !context.is_past(*told.exception->at + window)) {
      found.push_back({std::move(told), kind});
    }
  }
  return found;
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  if (!context.knows_now()) {
    out.unknown(context.job(), "Flink's answer has no time: failures cannot be dated");
    return;
  }
  const milliseconds window = chosen.duration("window");
  const std::vector<Found> found = found_within(context, window);
  if (found.empty() && is_being_set_up(context.get<model::JobDetails>())) {
    out.unknown(context.job(), fmt::format("the job is {}: earlier failures are not shown",
                                           to_text(context.get<model::JobDetails>().state)));
    return;
  }
  if (found.empty()) {
    out.pass(context.job(),
             fmt::format("no exception of the last {} tells of memory that ran out",
                         base::format_duration(window)),
             {});
    return;
  }
  const Found& latest = found.front();
  const JobException& exception = *latest.told.exception;
  std::vector<Evidence> evidence;
  Evidence told = context.evidence<JobExceptions>(
      fmt::format("exception of {}, fingerprint {}", base::format_rfc3339(*exception.at),
                  exception.fingerprint),
      exception.title, "");
  told.source.reset();  // made of the stack trace
  evidence.push_back(std::move(told));
  if (latest.told.row) {
    evidence.push_back(context.evidence<JobExceptions>(
        "when the job failed with it", *latest.told.row->exception.at,
        fmt::format("/exceptionHistory/entries/{}/timestamp", latest.told.row->index)));
  }
  const bool sure = latest.kind != Kind::exit_code;
  out.fail(
      context.job(),
      {.message = fmt::format(
           "a TaskManager{} of the job ran out of memory at {}: {}. {}The job restarts, and what "
           "filled the memory is loaded again",
           exception.task_manager.empty()
               ? std::string()
               : fmt::format(" ({})", base::shorten(base::printable(exception.task_manager), 60)),
           base::format_rfc3339(*exception.at), words_of(latest.kind),
           found.size() > 1 ? fmt::format("{} exceptions of the last {} tell of it. ", found.size(),
                                          base::format_duration(window))
                            : std::string()),
       .evidence = std::move(evidence),
       .remediation = remediation(context, latest.kind),
       .severity = sure ? model::Severity::high : model::Severity::medium,
       .confidence = sure ? model::Confidence::certain : model::Confidence::likely});
}

}  // namespace

extern constinit const Check taskmanager_oom{
    .info = {.id = "taskmanager-oom",
             .title = "A TaskManager ran out of memory",
             .practice = "liveness",
             .scope = model::SubjectKind::job,
             .severity = model::Severity::high,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::job | model::Resource::exceptions | model::Resource::clock,
             .uses = model::Resource::cluster,
             .options = options,
             .any_state = true},
    .evaluate = evaluate};

}  // namespace auditor::checks
