#include "tests/unit/support/altered.h"

#include <cstdint>
#include <utility>

#include <gtest/gtest.h>

#include "collectors/recording.h"
#include "collectors/wire/cluster.h"
#include "tests/unit/support/recordings.h"

namespace auditor::testing {

namespace {

using nlohmann::json;

std::vector<collectors::Recording> recordings() {
  std::vector<collectors::Recording> all;
  for (const std::string& name : recorded_clusters()) {
    auto recording =
        collectors::Recording::read(source("tests/recordings/" + name + ".json.gz").string());
    if (recording) {
      all.push_back(*std::move(recording));
    } else {
      ADD_FAILURE() << name << ": " << recording.error().message;
    }
  }
  return all;
}

void visit_leaves(const json& value, const json::json_pointer& at,
                  const std::function<void(const json::json_pointer&)>& visit) {
  if (!value.is_structured() || value.empty()) {
    visit(at);
  } else if (value.is_object()) {
    for (const auto& [key, inner] : value.items()) {
      visit_leaves(inner, at / key, visit);
    }
  } else {
    for (std::size_t i = 0; i < value.size(); ++i) {
      visit_leaves(value[i], at / i, visit);
    }
  }
}

/// Another value of the same kind; something in the place of null.
json other_than(const json& value) {
  if (value.is_number_integer()) {
    return value.get<std::int64_t>() + 1;
  }
  if (value.is_number()) {
    return value.get<double>() + 1;
  }
  if (value.is_boolean()) {
    return !value.get<bool>();
  }
  return value.is_string() ? json(value.get<std::string>() + "x") : json("x");
}

}  // namespace

void visit_alterations(
    const json& document,
    const std::function<void(const json& altered, const json::json_pointer& at)>& visit) {
  visit_leaves(document, json::json_pointer(), [&](const json::json_pointer& at) {
    json altered = document;
    altered[at] = other_than(document[at]);
    visit(altered, at);
    json lacking = document;
    json& parent = lacking[at.parent_pointer()];
    if (parent.is_object()) {
      parent.erase(at.back());
    } else {
      parent.erase(std::stoul(at.back()));
    }
    visit(lacking, at);
  });
}

std::vector<std::string> recorded_job_answers(const std::string& below) {
  std::vector<std::string> bodies;
  for (const collectors::Recording& recording : recordings()) {
    const auto list = recording.answer("/jobs/overview");
    const auto jobs = list ? collectors::wire::decode_overview(list->body)
                           : base::Result<std::vector<model::JobOverview>>();
    for (const model::JobOverview& job : jobs.value()) {
      if (auto answer = recording.answer("/jobs/" + job.id.value + below); answer) {
        bodies.push_back(std::move(answer->body));
      }
    }
  }
  return bodies;
}

std::vector<std::string> recorded_answers(const std::string& path) {
  std::vector<std::string> bodies;
  for (const collectors::Recording& recording : recordings()) {
    if (auto answer = recording.answer(path); answer) {
      bodies.push_back(std::move(answer->body));
    }
  }
  return bodies;
}

}  // namespace auditor::testing
