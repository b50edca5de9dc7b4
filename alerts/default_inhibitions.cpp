#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "alerts/inhibitions.h"

namespace auditor::alerts {

namespace {

using model::Inhibition;
using model::Matcher;

Matcher check_is(std::string_view check) {
  return {.label = "check", .kind = Matcher::Kind::equal, .value = std::string(check)};
}

Matcher is_set(std::string_view label) {
  return {.label = std::string(label), .kind = Matcher::Kind::not_equal, .value = {}};
}

/// Of one job: the second comes of the first, by what the checks look at (docs/checks).
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> causes{{
    {"checkpoint-failing", "checkpoint-stale"},
    {"checkpoint-stuck", "checkpoint-stale"},
    {"checkpoint-stuck", "checkpoint-near-timeout"},
    {"checkpoint-near-timeout", "checkpoint-longer-than-interval"},
    {"bottleneck", "backpressure-sustained"},
    {"backpressure-sustained", "checkpoint-start-delayed"},
    {"backpressure-sustained", "checkpoint-alignment-slow"},
}};

/// The most severe first: each with itself and all that are less.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> severities{{
    {"critical", "critical|high|medium|low|info"},
    {"high", "high|medium|low|info"},
    {"medium", "medium|low|info"},
    {"low", "low|info"},
    {"info", "info"},
}};

std::vector<Inhibition> make() {
  std::vector<Inhibition> rules;
  rules.reserve(2 + causes.size() * severities.size());
  // Nothing is known of a cluster that does not answer: what fires there is as old as the look.
  rules.push_back({.source = {check_is("cluster-unreachable"), is_set("cluster")},
                   .target = {{"check", Matcher::Kind::not_equal, "cluster-unreachable"}},
                   .equal = {"cluster"}});
  // A job that does not run has nothing else to mend first.
  rules.push_back({.source = {{"check", Matcher::Kind::matches, "job-not-running|job-disappeared"},
                              is_set("job")},
                   .target = {{"check", Matcher::Kind::not_matches,
                               "job-not-running|job-disappeared|cluster-unreachable"}},
                   .equal = {"cluster", "job"}});
  // A page for a grave symptom must not be lost in a note about a slight cause.
  for (const auto& [cause, symptom] : causes) {
    for (const auto& [severity, at_most] : severities) {
      rules.push_back({.source = {check_is(cause),
                                  {"severity", Matcher::Kind::equal, std::string(severity)},
                                  is_set("job")},
                       .target = {check_is(symptom),
                                  {"severity", Matcher::Kind::matches, std::string(at_most)}},
                       .equal = {"cluster", "job"}});
    }
  }
  return rules;
}

}  // namespace

std::span<const Inhibition> default_inhibitions() {
  static const std::vector<Inhibition> rules = make();
  return rules;
}

}  // namespace auditor::alerts
