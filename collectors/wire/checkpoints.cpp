#include "collectors/wire/checkpoints.h"

#include <algorithm>
#include <utility>

#include "collectors/wire/json.h"
#include "collectors/wire/walk.h"

namespace auditor::collectors::wire {

namespace {

model::CheckpointStatus status_of(std::string_view text) {
  if (text == "COMPLETED") {
    return model::CheckpointStatus::completed;
  }
  if (text == "FAILED") {
    return model::CheckpointStatus::failed;
  }
  return text == "IN_PROGRESS" ? model::CheckpointStatus::in_progress
                               : model::CheckpointStatus::other;
}

/// Whether one has ended: then its row does not change any more.
bool has_ended(model::CheckpointStatus status) {
  return status == model::CheckpointStatus::completed || status == model::CheckpointStatus::failed;
}

/// The row as an earlier answer had it, where it has ended.
const model::Checkpoint* ended_before(std::int64_t id, model::CheckpointStatus status,
                                      const model::CheckpointStatistics* earlier) {
  if (earlier == nullptr || !has_ended(status)) {
    return nullptr;
  }
  const auto is_it = [id, status](const model::Checkpoint& checkpoint) {
    return checkpoint.id == id && checkpoint.status == status;
  };
  const auto found = std::ranges::find_if(earlier->history, is_it);
  if (found != earlier->history.end()) {
    return &*found;
  }
  for (const auto* latest : {&earlier->latest_completed, &earlier->latest_savepoint}) {
    if (*latest && is_it(**latest)) {
      return &**latest;
    }
  }
  return nullptr;
}

/// A row of which is known whose it is.
struct Row {
  walk::Object fields;
  std::int64_t id = 0;
  model::CheckpointStatus status = model::CheckpointStatus::other;
};

/// Begins a row: absent in `into` where it has no id. False where it is malformed.
bool begin_row(walk::Value& value, std::optional<Row>& into) {
  if (!walk::is_object(value)) {
    return true;
  }
  Row row;
  std::string_view status;
  if (value.get_object().get(row.fields) != simdjson::SUCCESS) {
    return false;
  }
  if (row.fields.find_field_unordered("id").get_int64().get(row.id) != simdjson::SUCCESS) {
    return true;  // or malformed, which whoever goes on finds
  }
  if (row.fields.find_field_unordered("status").get_string().get(status) == simdjson::SUCCESS) {
    row.status = status_of(status);
  }
  into = row;
  return true;
}

/// What a row tells; false where it is malformed.
bool read_row(Row& row, std::size_t index, const model::CheckpointStatistics* earlier,
              model::Checkpoint& found) {
  if (const auto* const before = ended_before(row.id, row.status, earlier)) {
    found = *before;
    found.index = index;
    return true;
  }
  walk::Object& fields = row.fields;
  found.id = row.id;
  found.status = row.status;
  found.index = index;
  const bool failed = found.status == model::CheckpointStatus::failed;
  return fields.reset().error() == simdjson::SUCCESS &&
         walk::each_field(fields, [&found, failed](walk::Key key, walk::Value& value) {
           if (key == "is_savepoint") {
             found.is_savepoint = walk::boolean(value).value_or(false);
           } else if (key == "trigger_timestamp") {
             found.triggered_at = to_timestamp(walk::integer(value));
           } else if (key == "end_to_end_duration") {
             found.duration = to_milliseconds(walk::integer(value));
           } else if (key == "checkpointed_size") {
             found.checkpointed_size = to_bytes(walk::integer(value));
           } else if (key == "state_size") {
             found.state_size = to_bytes(walk::integer(value));
           } else if (key == "external_path") {
             found.external_path = walk::text(value).value_or("");
           } else if (key == "latest_ack_timestamp") {
             found.acknowledged_at = to_timestamp(walk::integer(value));
           } else if (key == "num_subtasks") {
             found.subtasks = walk::integer(value);
           } else if (key == "num_acknowledged_subtasks") {
             found.acknowledged = walk::integer(value);
           } else if (failed && key == "failure_message") {
             found.failure_message = walk::text(value).value_or("");
           } else if (failed && key == "failure_timestamp") {
             found.failed_at = to_timestamp(walk::integer(value));
           }
           return true;
         });
}

std::optional<std::chrono::milliseconds> duration_of(std::optional<double> value) {
  constexpr double longest = 1e15;  // a number that a forged answer could overflow with
  if (!value || *value < 0 || *value > longest) {
    return std::nullopt;
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(*value));
}

bool read_restored(walk::Value& row, model::RestoredCheckpoint& found) {
  return walk::each_field(row, [&found](walk::Key key, walk::Value& value) {
    if (key == "id") {
      found.id = walk::integer(value).value_or(0);
    } else if (key == "is_savepoint") {
      found.is_savepoint = walk::boolean(value).value_or(false);
    } else if (key == "restore_timestamp") {
      found.restored_at = to_timestamp(walk::integer(value));
    } else if (key == "external_path") {
      found.external_path = walk::text(value);
    }
    return true;
  });
}

/// Adds what the counts tell to `found`.
bool read_counts(walk::Value& counts, model::CheckpointStatistics& found) {
  return walk::each_field(counts, [&found](walk::Key key, walk::Value& value) {
    if (key == "completed") {
      found.completed_count = walk::integer(value);
    } else if (key == "restored") {
      found.restored_count = walk::integer(value);
    } else if (key == "failed") {
      found.failed_count = walk::integer(value);
    }
    return true;
  });
}

/// Adds what the summary tells to `found`.
bool read_summary(walk::Value& summary, model::CheckpointStatistics& found) {
  return walk::each_field(summary, [&found](walk::Key part, walk::Value& values) {
    return part != "end_to_end_duration" || !walk::is_object(values) ||
           walk::each_field(values, [&found](walk::Key key, walk::Value& value) {
             if (key == "p50") {
               found.median_duration = duration_of(walk::number(value));
             } else if (key == "p95") {
               found.p95_duration = duration_of(walk::number(value));
             }
             return true;
           });
  });
}

/// Adds the latest ones to `found`.
bool read_latest(walk::Value& latest, const model::CheckpointStatistics* earlier,
                 model::CheckpointStatistics& found) {
  return walk::each_field(latest, [&found, earlier](walk::Key key, walk::Value& value) {
    if (key == "completed" || key == "savepoint") {
      std::optional<Row> row;
      auto& into = key == "completed" ? found.latest_completed : found.latest_savepoint;
      return begin_row(value, row) && (!row || read_row(*row, 0, earlier, into.emplace()));
    }
    return key != "restored" || !walk::is_object(value) ||
           read_restored(value, found.latest_restored.emplace());
  });
}

/// Reads the rows; `found` is the earlier answer's list where that has all of them, in their
/// places.
bool read_history(walk::Value& history, const model::CheckpointStatistics* earlier,
                  base::SharedList<model::Checkpoint>& found) {
  const base::SharedList<model::Checkpoint> none;
  const auto& known = earlier != nullptr ? earlier->history : none;
  std::size_t same = 0;  // of the first rows, while `rows` is empty
  std::vector<model::Checkpoint> rows;
  const bool read = walk::each_element(history, [&](walk::Value& value, std::size_t index) {
    std::optional<Row> row;
    if (!begin_row(value, row)) {
      return false;
    }
    if (!row) {
      return true;
    }
    if (rows.empty() && same < known.size() && has_ended(row->status) &&
        known[same].id == row->id && known[same].status == row->status &&
        known[same].index == index) {
      ++same;
      return true;
    }
    if (rows.empty()) {
      rows.reserve(known.size() + 1);
      rows.assign(known.begin(), known.begin() + static_cast<std::ptrdiff_t>(same));
    }
    return read_row(*row, index, earlier, rows.emplace_back());
  });
  if (!rows.empty()) {
    found = std::move(rows);
  } else if (same == known.size()) {
    found = known;
  } else {
    found = std::vector(known.begin(), known.begin() + static_cast<std::ptrdiff_t>(same));
  }
  return read;
}

/// Whether `value` is longer than what was the longest, and is so now.
bool raise(std::optional<std::chrono::milliseconds>& longest,
           std::optional<std::chrono::milliseconds> value) {
  if (!value || (longest && *value <= *longest)) {
    return false;
  }
  longest = value;
  return true;
}

/// Folds what one subtask took into what the vertex took at most.
void add_phases(model::SubtaskState::Vertex& vertex, Object subtask, std::size_t index) {
  const auto phases = object(subtask, "checkpoint");
  const auto alignment_of = object(subtask, "alignment");
  const auto async = phases ? milliseconds(*phases, "async") : std::nullopt;
  const auto sync = phases ? milliseconds(*phases, "sync") : std::nullopt;
  const auto alignment = alignment_of ? milliseconds(*alignment_of, "duration") : std::nullopt;
  const auto start_delay = milliseconds(subtask, "start_delay");
  const bool unaligned = boolean(subtask, "unaligned_checkpoint").value_or(false);
  if (raise(vertex.longest_async, async)) {
    vertex.longest_async_index = index;
  }
  if (raise(vertex.longest_sync, sync)) {
    vertex.longest_sync_index = index;
  }
  if (raise(vertex.longest_alignment, alignment)) {
    vertex.longest_alignment_index = index;
  }
  if (raise(vertex.longest_start_delay, start_delay)) {
    vertex.longest_start_delay_index = index;
  }
  if (alignment && raise(vertex.longest_blocking_alignment,
                         unaligned ? std::chrono::milliseconds(0) : *alignment)) {
    vertex.longest_blocking_alignment_index = index;
  }
  if (unaligned) {
    ++vertex.unaligned;
  } else if (raise(vertex.longest_aligned_async, async)) {
    vertex.longest_aligned_async_index = index;
    const auto written = bytes(subtask, "checkpointed_size");
    vertex.written = written ? written : bytes(subtask, "state_size");
  }
  const auto whole = milliseconds(subtask, "end_to_end_duration");
  if (whole && (!vertex.last || *whole > vertex.last->whole)) {
    vertex.last = {index, *whole, start_delay, alignment, sync, async};
  }
  if (whole && async && sync && alignment && start_delay &&
      raise(vertex.longest_other, *whole - *async - *sync - *alignment - *start_delay)) {
    vertex.longest_other_index = index;
  }
}

}  // namespace

base::Result<model::CheckpointConfiguration> decode_checkpoint_configuration(
    std::string_view body) {
  const auto document = parse_object(body);
  if (!document) {
    return tl::unexpected(document.error());
  }
  model::CheckpointConfiguration configuration;
  configuration.interval = milliseconds(*document, "interval");
  configuration.timeout = milliseconds(*document, "timeout");
  configuration.min_pause = milliseconds(*document, "min_pause");
  configuration.max_concurrent = integer(*document, "max_concurrent");
  configuration.tolerable_failures = integer(*document, "tolerable_failed_checkpoints");
  configuration.state_backend = text(*document, "state_backend");
  configuration.storage = text(*document, "checkpoint_storage");
  configuration.mode = text(*document, "mode");
  configuration.changelog = boolean(*document, "state_changelog_enabled");
  configuration.unaligned = boolean(*document, "unaligned_checkpoints");
  configuration.after_tasks_finish = boolean(*document, "checkpoints_after_tasks_finish");
  if (const auto externalization = object(*document, "externalization")) {
    configuration.externalized = boolean(*externalization, "enabled");
    configuration.deleted_on_cancellation = boolean(*externalization, "delete_on_cancellation");
  }
  return configuration;
}

base::Result<model::Shared<model::CheckpointStatistics>> decode_checkpoints(
    std::string_view body, const model::Shared<model::CheckpointStatistics>& earlier_ones) {
  const model::CheckpointStatistics* const earlier = earlier_ones ? &*earlier_ones : nullptr;
  model::CheckpointStatistics statistics;
  const auto read_field = [&](walk::Key key, walk::Value& value) {
    if (key == "history") {
      return !walk::is_array(value) || read_history(value, earlier, statistics.history);
    }
    if (!walk::is_object(value)) {
      return true;
    }
    return key == "counts"    ? read_counts(value, statistics)
           : key == "summary" ? read_summary(value, statistics)
           : key == "latest"  ? read_latest(value, earlier, statistics)
                              : true;
  };
  const bool read = walk::document(
      body, [&](walk::Object& answer) { return walk::each_field(answer, read_field); });
  if (read && earlier != nullptr && statistics == *earlier) {
    return earlier_ones;
  }
  if (read) {
    return statistics;
  }
  const auto document = parse_object(body);  // it says what is wrong
  return document ? base::fail(base::ErrorKind::malformed, "checkpoints of an unknown form")
                  : tl::unexpected(document.error());
}

base::Result<model::CheckpointDetails> decode_checkpoint_details(std::string_view body) {
  const auto document = parse_object(body);
  if (!document) {
    return tl::unexpected(document.error());
  }
  model::CheckpointDetails details;
  details.id = integer(*document, "id").value_or(0);
  const auto tasks = object(*document, "tasks");
  if (!tasks) {
    return base::fail(base::ErrorKind::malformed, "no \"tasks\" in the checkpoint's details");
  }
  for (const auto& [vertex, element] : *tasks) {
    Object row;
    if (element.get(row) == simdjson::SUCCESS) {
      details.vertices[model::JobVertexId(std::string(vertex))] = {
          bytes(row, "state_size"), integer(row, "num_subtasks"),
          milliseconds(row, "end_to_end_duration"), integer(row, "num_acknowledged_subtasks")};
    }
  }
  return details;
}

base::Result<model::SubtaskState::Vertex> decode_subtask_state(std::string_view body) {
  const auto document = parse_object(body);
  if (!document) {
    return tl::unexpected(document.error());
  }
  const auto subtasks = array(*document, "subtasks");
  if (!subtasks) {
    return base::fail(base::ErrorKind::malformed, "no \"subtasks\" in the checkpoint's details");
  }
  model::SubtaskState::Vertex vertex;
  std::vector<std::chrono::milliseconds> durations;
  std::size_t index = 0;
  for (const Element element : *subtasks) {
    Object row;
    const auto size =
        element.get(row) == simdjson::SUCCESS ? bytes(row, "state_size") : std::nullopt;
    if (size && *size > vertex.largest) {
      vertex.largest = *size;
      vertex.largest_index = index;
    }
    if (size) {
      add_phases(vertex, row, index);
      if (const auto whole = milliseconds(row, "end_to_end_duration")) {
        durations.push_back(*whole);
      }
    }
    ++index;
  }
  if (!durations.empty()) {
    const auto middle = durations.begin() + static_cast<std::ptrdiff_t>(durations.size() / 2);
    std::ranges::nth_element(durations, middle);
    vertex.median_duration = *middle;
  }
  return vertex;
}

base::Result<std::vector<std::size_t>> decode_waiting_subtasks(std::string_view body) {
  const auto document = parse_object(body);
  if (!document) {
    return tl::unexpected(document.error());
  }
  const auto subtasks = array(*document, "subtasks");
  if (!subtasks) {
    return base::fail(base::ErrorKind::malformed, "no \"subtasks\" in the checkpoint's details");
  }
  std::vector<std::size_t> waiting;
  std::size_t index = 0;
  for (const Element element : *subtasks) {
    Object row;
    if (element.get(row) == simdjson::SUCCESS && view(row, "status") == "pending_or_failed") {
      waiting.push_back(index);
    }
    ++index;
  }
  return waiting;
}

}  // namespace auditor::collectors::wire
