#include "checks/operator-uids/connectors.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include <fmt/format.h>

namespace auditor::checks {

namespace {

/// The part of a name between a prefix and a suffix; nullopt where it has not both.
std::optional<std::string_view> between(std::string_view name, std::string_view prefix,
                                        std::string_view suffix) {
  if (name.size() <= prefix.size() + suffix.size() || !name.starts_with(prefix) ||
      !name.ends_with(suffix)) {
    return std::nullopt;
  }
  return name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
}

/// UIDs that follow from a part of an operator's name; `{}` stands for that part.
struct NamedUids {
  std::string_view prefix;
  std::string_view suffix;
  std::span<const std::string_view> uids;
};

constexpr std::array<std::string_view, 1> sink_v2{"{}"};
constexpr std::array<std::string_view, 3> committers{
    "Sink Committer: {}", "Sink {} Global Committer", "Sink Global Committer: {}"};
constexpr std::array<std::string_view, 5> iceberg_v1{"{}-writer", "{}-committer", "{}-mapper",
                                                     "{}-shuffle", "{}-dummysink"};
constexpr std::array<std::string_view, 4> iceberg_v2{"{}: Sink pre-commit aggregator: {}",
                                                     "Sink pre-writer mapper: {}", "{}: shuffle-",
                                                     "{}: Sink post-commit : {}"};
constexpr std::array<std::string_view, 2> file_sink{"{}: FileSinkCompactorCoordinator",
                                                    "{}: FileSinkCompactorOperator"};
constexpr std::array<std::string_view, 1> statefun{"{}-router"};
constexpr std::array<std::string_view, 1> agents{"flink-agents-coordinated-operator:{}"};

constexpr std::array<NamedUids, 13> named_uids{{
    {"", ": Writer", sink_v2},
    {"Sink Writer: ", "", sink_v2},
    {"", ": Committer", committers},
    {"", ": Global Committer", committers},
    {"Sink Committer: ", "", committers},
    {"Sink Global Committer: ", "", committers},
    {"", "-IcebergStreamWriter", iceberg_v1},
    {"", "-IcebergFilesCommitter", iceberg_v1},
    {"", "-range-shuffle", iceberg_v1},
    {"", ": Writer", iceberg_v2},
    {"", ": CompactorCoordinator", file_sink},
    {"router (", ")", statefun},
    {"coordinated-action-execute-operator:", "", agents},
}};

/// Hudi names the table in its writers' names only, but in the UIDs of all its operators.
constexpr std::array<std::string_view, 8> hudi_writers{"stream_write: ",
                                                       "bucket_write: ",
                                                       "consistent_bucket_write: ",
                                                       "hoodie_append_write: ",
                                                       "bucket_bulk_insert: ",
                                                       "hoodie_bulk_insert_write: ",
                                                       "index_write: ",
                                                       "consistent_bucket_assigner: "};
constexpr std::array<std::string_view, 11> hudi_operators{"stream_write",
                                                          "hoodie_stream_write",
                                                          "bucket_assigner",
                                                          "bucket_write",
                                                          "consistent_bucket_write",
                                                          "consistent_bucket_assigner",
                                                          "bucket_bulk_insert",
                                                          "index_bootstrap",
                                                          "batch_index_bootstrap",
                                                          "index_write",
                                                          "sink_v2"};

void add_hudi(std::string_view name, std::vector<std::string>& uids) {
  for (const std::string_view writer : hudi_writers) {
    const auto path = between(name, writer, "");
    if (!path) {
      continue;
    }
    const std::string_view table = path->substr(path->rfind('.') + 1);  // whole where there is none
    for (const std::string_view op : hudi_operators) {
      for (const std::string_view of : {*path, table}) {
        uids.push_back(fmt::format("uid_{}_{}", op, of));
        uids.push_back(fmt::format("uid_{}{}", op, of));  // until 0.12.1
        constexpr int most_tables = 10;  // the client counts the tables that it writes
        for (int number = 1; number < most_tables; ++number) {
          uids.push_back(fmt::format("uid_{}_{}_{}", op, number, of));
        }
      }
    }
    return;
  }
}

/// `<transformation>` of `table.exec.uid.format`: the constants of the planners 1.15.4 to 2.1.
constexpr std::array<std::string_view, 62> sql_transformations{"source",
                                                               "calc",
                                                               "sink",
                                                               "group-aggregate",
                                                               "local-group-aggregate",
                                                               "global-group-aggregate",
                                                               "incremental-group-aggregate",
                                                               "group-window-aggregate",
                                                               "group-table-aggregate",
                                                               "window-aggregate",
                                                               "local-window-aggregate",
                                                               "global-window-aggregate",
                                                               "window",
                                                               "window-join",
                                                               "window-rank",
                                                               "window-deduplicate",
                                                               "join",
                                                               "interval-join",
                                                               "temporal-join",
                                                               "lookup-join",
                                                               "lookup-join-materialize",
                                                               "lookup-join-key-ordered",
                                                               "multi-join",
                                                               "delta-join",
                                                               "deduplicate",
                                                               "rank",
                                                               "limit",
                                                               "sort",
                                                               "sort-limit",
                                                               "temporal-sort",
                                                               "over-aggregate",
                                                               "over",
                                                               "changelog-normalize",
                                                               "drop-update-before",
                                                               "constraint-validator",
                                                               "timestamp-inserter",
                                                               "upsert-materialize",
                                                               "row-kind-setter",
                                                               "partitioner",
                                                               "exchange",
                                                               "correlate",
                                                               "async-calc",
                                                               "match",
                                                               "process",
                                                               "values",
                                                               "expand",
                                                               "watermark-assigner",
                                                               "mini-batch-assigner",
                                                               "filter-left",
                                                               "filter-right",
                                                               "pad-left",
                                                               "pad-right",
                                                               "python-calc",
                                                               "python-correlate",
                                                               "python-group-aggregate",
                                                               "python-group-window-aggregate",
                                                               "python-over-aggregate",
                                                               "ml-predict-table-function",
                                                               "streaming-writer",
                                                               "partition-committer",
                                                               "compact-coordinator",
                                                               "compact-operator"};

/// The number in "[7]:Calc(select=[id])" and "Calc[7]".
std::optional<std::string_view> sql_node(std::string_view name) {
  constexpr std::string_view digits = "0123456789";
  for (const std::string_view suffix : {": Writer", ": Committer"}) {
    if (name.ends_with(suffix)) {
      name.remove_suffix(suffix.size());
    }
  }
  std::string_view number;
  if (name.starts_with('[')) {
    number = name.substr(1, name.find(']') - 1);
  } else if (name.ends_with(']')) {
    const std::size_t open = name.rfind('[');
    number = open == std::string_view::npos ? "" : name.substr(open + 1, name.size() - open - 2);
  }
  constexpr std::size_t most_digits = 6;
  const bool known = !number.empty() && number.size() <= most_digits &&
                     number.find_first_not_of(digits) == std::string_view::npos;
  return known ? std::optional(number) : std::nullopt;
}

void add_sql(std::string_view name, std::vector<std::string>& uids) {
  if (const auto number = sql_node(name)) {
    for (const std::string_view transformation : sql_transformations) {
      uids.push_back(fmt::format("{}_{}", *number, transformation));
    }
    uids.push_back(fmt::format("Sink Committer: {}_sink", *number));
  }
}

enum class Match { whole, start, part };

struct Mark {
  Match match;
  std::string_view text;

  [[nodiscard]] bool fits(std::string_view name) const {
    switch (match) {
      case Match::whole:
        return name == text;
      case Match::start:
        return name.starts_with(text);
      case Match::part:
        break;
    }
    return name.find(text) != std::string_view::npos;
  }
};

constexpr Framework hudi{
    "Apache Hudi",
    "Hudi sets the UIDs of its operators itself, and those without one hold no state of yours: "
    "there is nothing to set. Keep the Hudi release while the state must be restored",
    false};
constexpr Framework paimon{
    "Apache Paimon",
    "set the table options sink.operator-uid.suffix and source.operator-uid.suffix (since Paimon "
    "1.0) to a text that is unique in the job",
    false};
constexpr Framework iceberg{
    "Apache Iceberg",
    "call uidPrefix(…) on FlinkSink, or uidSuffix(…) on IcebergSink and on table maintenance, with "
    "a text that is unique in the job",
    false};
constexpr Framework cdc{
    "Flink CDC",
    "set operator.uid.prefix in the pipeline section of the pipeline's definition (since Flink CDC "
    "3.5)",
    true};
constexpr Framework beam_runner{
    "Apache Beam",
    "Beam's runner makes the UIDs from the names of the transforms: give each apply(\"name\", …) a "
    "stable name",
    true};
constexpr Framework stateful_functions{
    "Flink Stateful Functions", "its operators' UIDs are its own: there is nothing to set", true};

struct Owner {
  Mark mark;
  const Framework* framework;
};

constexpr std::array<Owner, 28> owners{{
    {{Match::whole, "bucket_assigner"}, &hudi},
    {{Match::whole, "index_bootstrap"}, &hudi},
    {{Match::whole, "row_data_to_hoodie_record"}, &hudi},
    {{Match::whole, "compact_plan_generate"}, &hudi},
    {{Match::whole, "cluster_plan_generate"}, &hudi},
    {{Match::whole, "clean_commits"}, &hudi},
    {{Match::start, "stream_write: "}, &hudi},
    {{Match::start, "bucket_write: "}, &hudi},
    {{Match::start, "hoodie_append_write: "}, &hudi},
    {{Match::start, "hoodie_bulk_insert_write: "}, &hudi},
    {{Match::start, "split_monitor(table=["}, &hudi},
    {{Match::start, "Writer : "}, &paimon},
    {{Match::start, "Writer(write-only) : "}, &paimon},
    {{Match::start, "Global Committer : "}, &paimon},
    {{Match::whole, "dynamic-bucket-assigner"}, &paimon},
    {{Match::whole, "Multiplex Global Committer"}, &paimon},
    {{Match::part, "IcebergStreamWriter"}, &iceberg},
    {{Match::part, "IcebergFilesCommitter"}, &iceberg},
    {{Match::part, "Sink pre-commit aggregator: "}, &iceberg},
    {{Match::start, "Monitor source for "}, &iceberg},
    {{Match::whole, "SchemaOperator"}, &cdc},
    {{Match::whole, "SchemaMapper"}, &cdc},
    {{Match::whole, "PrePartition"}, &cdc},
    {{Match::start, "Flink CDC Event Source: "}, &cdc},
    {{Match::part, "/ParMultiDo("}, &beam_runner},
    {{Match::whole, "ToKeyedWorkItem"}, &beam_runner},
    {{Match::whole, "feedback-union"}, &stateful_functions},
    {{Match::start, "Read(KafkaUnboundedSource"}, &beam_runner},
}};

std::string_view without_role(std::string_view name) {
  for (const std::string_view prefix : {"Source: ", "Sink: "}) {
    if (name.starts_with(prefix)) {
      name.remove_prefix(prefix.size());
    }
  }
  return name;
}

}  // namespace

std::vector<std::string> connector_uids(std::string_view operator_name) {
  constexpr std::size_t longest_name = 200;
  const std::string_view name = without_role(operator_name);
  std::vector<std::string> uids;
  add_sql(name, uids);
  if (name.size() > longest_name) {
    return uids;
  }
  for (const NamedUids& rule : named_uids) {
    if (const auto part = between(name, rule.prefix, rule.suffix)) {
      for (const std::string_view uid : rule.uids) {
        uids.push_back(fmt::format(fmt::runtime(uid), *part, *part));
      }
    }
  }
  add_hudi(name, uids);
  return uids;
}

std::span<const std::string_view> constant_connector_uids() {
  static constexpr std::array<std::string_view, 14> uids{"$$_schema_operator_$$",
                                                         "$$fluss_tiering_source_operator$$",
                                                         "feedback_union_uid1",
                                                         "functions_uid1",
                                                         "feedback_uid1",
                                                         "uid_kafka_source",
                                                         "uid_compaction_source",
                                                         "uid_compaction_commit",
                                                         "uid_clean_commits",
                                                         "uid_clustering_source",
                                                         "uid_clustering_commit",
                                                         "--generator",
                                                         "--updater",
                                                         "--sink"};
  return uids;
}

const Framework* framework_of(std::string_view operator_name) {
  const std::string_view name = without_role(operator_name);
  const auto* const found =
      std::ranges::find_if(owners, [name](const Owner& owner) { return owner.mark.fits(name); });
  return found == owners.end() ? nullptr : found->framework;
}

const Framework* framework_of(const OperatorGraph& graph) {
  for (const Operator& op : graph.operators) {
    const Framework* framework = framework_of(op.name);
    if (framework != nullptr && framework->owns_job) {
      return framework;
    }
  }
  return nullptr;
}

}  // namespace auditor::checks
