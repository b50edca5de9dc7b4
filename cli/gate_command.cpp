#include <charconv>
#include <filesystem>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "advice/gate.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/gate_report.h"
#include "cli/targets.h"
#include "collectors/wire/job.h"

namespace auditor::cli {

namespace {

constexpr model::Resource wanted =
    model::Resource::cluster | model::Resource::job | model::Resource::checkpoint_configuration |
    model::Resource::checkpoints | model::Resource::checkpoint_details;

/// What CANDIDATE is: a plan in a file, or a job that runs or was recorded.
struct CandidateSource {
  std::optional<model::JobDetails> plan;
  model::Snapshot snapshot;
  std::string unreadable_plan;  ///< why a plan cannot be compared
};

/// The JSON in the output of `flink info`, which writes lines before and after it.
std::string_view json_in(std::string_view text) {
  const std::size_t first = text.find('{');
  const std::size_t last = text.rfind('}');
  return first == std::string_view::npos || last < first ? text
                                                         : text.substr(first, last + 1 - first);
}

/// `audit-now gate CANDIDATE`.
class GateCommand final : public Command {
 public:
  void describe(CLI::App& app) override {
    app.add_option("CANDIDATE", candidate_,
                   "The new version: a plan (the answer of /jars/:id/plan), a recording, or the "
                   "URL of a cluster where it runs")
        ->required();
    app.add_option("--against", against_, "The cluster or recording of the running job")
        ->type_name("TARGET")
        ->required();
    app.add_option("--job", job_, "The running job; not needed where there is one alone")
        ->type_name("NAME");
    app.add_option("--candidate-job", candidate_job_,
                   "Its name in CANDIDATE, where that is another")
        ->type_name("NAME");
    app.add_option("--from", from_, "What the candidate is started from")
        ->type_name("KIND")
        ->check(CLI::IsMember({"savepoint", "native-savepoint", "checkpoint"}));
    app.add_option("--max-parallelism", max_parallelism_,
                   "What the candidate sets, where a plan cannot tell: auto for nothing, or a "
                   "number")
        ->type_name("auto|N");
    app.add_option("--state-backend", state_backend_, "Likewise")
        ->type_name("NAME")
        ->check(CLI::IsMember({"hashmap", "rocksdb", "forst"}));
    app.add_flag("--presume-same-names", presume_same_names_,
                 "Take operators inside a chain, whose ids no plan shows, for unchanged where name "
                 "and chain are the same");
    add_uid_words(app, uid_words_);
    add_text_or_json(app, format_);
    add_access(app, access_);
    add_quiet(app, quiet_);
    app.footer(
        "Exit: 0 safe; 1 will fail or lose state; 2 wrong use; 3 cannot know. Nothing is started "
        "or stopped.");
  }

  ExitCode run() override {
    base::set_up_log(quiet_ ? base::LogLevel::quiet : base::LogLevel::normal);
    const auto settings = resolve_settings("", {"operator-uid-missing"}, uid_words_);
    if (!settings) {
      return report_error(settings.error());
    }
    advice::GateOptions options;
    options.words = &settings->uid_words;
    if (const auto wrong = read_options(options)) {
      return report_error(*wrong);
    }
    const auto source = read_candidate();
    if (!source) {
      return report_error(source.error());
    }
    const auto running = look(against_, access_, demand(), quiet_);
    if (!running) {
      return report_error(running.error());
    }
    const auto job = one_job(*running, job_, against_);
    if (!job) {
      return report_error(job.error());
    }
    return compare(*running, **job, *source, options);
  }

 private:
  static audit::Request demand() {
    audit::Request request;
    request.demand = wanted;
    return request;
  }

  std::optional<base::Error> read_options(advice::GateOptions& options) const {
    options.presume_same_names = presume_same_names_;
    options.from = from_ == "checkpoint"         ? advice::RestoreFrom::checkpoint
                   : from_ == "native-savepoint" ? advice::RestoreFrom::native_savepoint
                                                 : advice::RestoreFrom::canonical_savepoint;
    if (!state_backend_.empty()) {
      options.state_backend = state_backend_;
    }
    if (max_parallelism_ == "auto") {
      options.max_parallelism = 0;
    } else if (!max_parallelism_.empty()) {
      std::int64_t value = 0;
      const char* end = max_parallelism_.data() + max_parallelism_.size();
      const auto parsed = std::from_chars(max_parallelism_.data(), end, value);
      constexpr std::int64_t most = 32'768;
      if (parsed.ec != std::errc{} || parsed.ptr != end || value < 1 || value > most) {
        return base::Error{base::ErrorKind::usage,
                           fmt::format("--max-parallelism \"{}\": must be auto or a number from 1 "
                                       "to {}",
                                       max_parallelism_, most)};
      }
      options.max_parallelism = value;
    }
    return std::nullopt;
  }

  [[nodiscard]] base::Result<CandidateSource> read_candidate() const {
    CandidateSource source;
    std::error_code ignored;
    const bool is_file = !looks_like_url(candidate_) &&
                         std::filesystem::is_regular_file(candidate_, ignored) &&
                         !candidate_.ends_with(".gz");
    if (is_file) {
      const auto content = base::read_file(candidate_, base::mebibytes(64));
      if (!content) {
        return tl::unexpected(content.error());
      }
      const std::string_view json = json_in(*content);
      auto plan = collectors::wire::decode_plan(json);
      if (plan) {
        source.plan = std::move(*plan);
        return source;
      }
      if (json.find("\"nodes\"") != std::string_view::npos &&
          plan.error().kind == base::ErrorKind::not_flink) {
        source.unreadable_plan = plan.error().message;
        return source;
      }
    }
    auto snapshot = look(candidate_, access_, demand(), quiet_);
    if (!snapshot) {
      return tl::unexpected(snapshot.error());
    }
    source.snapshot = std::move(*snapshot);
    return source;
  }

  ExitCode compare(const model::Snapshot& running, const model::JobSnapshot& job,
                   const CandidateSource& source, const advice::GateOptions& options) {
    if (!job.details.known()) {
      return report_error(job.details.value.error().prefixed(against_));
    }
    advice::GateSide before{.job = &*job.details.value,
                            .source = job.details.source,
                            .is_plan = false,
                            .snapshot = &job,
                            .version = version_of(running)};
    GateHeading heading{.job = job.overview.name,
                        .running = describe_side(running.target, before.version),
                        .candidate = candidate_,
                        .from = options.from};
    if (!source.unreadable_plan.empty()) {
      heading.candidate += " (a plan without ids)";
      return print(heading, advice::unreadable_plan(source.unreadable_plan));
    }
    advice::GateSide after{.job = nullptr,
                           .source = candidate_,
                           .is_plan = source.plan.has_value(),
                           .snapshot = nullptr,
                           .version = {}};
    if (source.plan) {
      after.job = &*source.plan;
      heading.candidate += " (a plan)";
    } else {
      const auto same = one_job(
          source.snapshot, candidate_job_.empty() ? job.overview.name : candidate_job_, candidate_);
      const auto other =
          same || !candidate_job_.empty() ? same : one_job(source.snapshot, "", candidate_);
      if (!other) {
        return report_error(
            {other.error().kind, other.error().message + " (--candidate-job NAME)"});
      }
      after.snapshot = *other;
      if (!after.snapshot->details.known()) {
        return report_error(after.snapshot->details.value.error().prefixed(candidate_));
      }
      after.job = &*after.snapshot->details.value;
      after.source = after.snapshot->details.source;
      after.version = version_of(source.snapshot);
      heading.candidate = describe_side(source.snapshot.target, after.version);
      if (after.snapshot->overview.name != job.overview.name) {
        heading.candidate += fmt::format(", job {}", after.snapshot->overview.name);
      }
    }
    return print(heading, advice::judge_gate(before, after, options));
  }

  static model::FlinkVersion version_of(const model::Snapshot& snapshot) {
    return snapshot.cluster.known() ? snapshot.cluster.value->version : model::FlinkVersion{};
  }

  static std::string describe_side(const std::string& target, const model::FlinkVersion& version) {
    return version.known() ? fmt::format("{}, Flink {}", target, version.text) : target;
  }

  [[nodiscard]] ExitCode print(const GateHeading& heading, const advice::GateReport& report) const {
    fmt::print("{}",
               format_ == "json" ? gate_as_json(heading, report) : gate_as_text(heading, report));
    switch (report.verdict) {
      case advice::GateVerdict::safe:
        return ExitCode::clean;
      case advice::GateVerdict::cannot_know:
        return ExitCode::not_assessed;
      case advice::GateVerdict::will_lose_state:
      case advice::GateVerdict::will_fail:
        return ExitCode::findings;
    }
    return ExitCode::internal_error;
  }

  std::string candidate_;
  std::string against_;
  std::string job_;
  std::string candidate_job_;
  std::string from_ = "savepoint";
  std::string max_parallelism_;
  std::string state_backend_;
  bool presume_same_names_ = false;
  std::vector<std::string> uid_words_;
  std::string format_ = "text";
  AccessOptions access_;
  bool quiet_ = false;
};

}  // namespace

std::unique_ptr<Command> make_gate_command() {
  return std::make_unique<GateCommand>();
}

}  // namespace auditor::cli
