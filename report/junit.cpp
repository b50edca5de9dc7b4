#include "report/junit.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <string_view>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "report/grouping.h"
#include "version.h"

namespace auditor::report {

namespace {

using model::Outcome;
using model::Verdict;

/// One line for an attribute or for content: without what XML 1.0 cannot hold, even escaped.
std::string xml(std::string_view text) {
  const std::string clean = base::printable(text);
  std::string out;
  out.reserve(clean.size());
  for (std::size_t i = 0; i < clean.size(); ++i) {
    const char c = clean[i];
    const std::string_view three = std::string_view(clean).substr(i, 3);
    if (three == "\xEF\xBF\xBE" || three == "\xEF\xBF\xBF") {  // U+FFFE, U+FFFF
      out += "\uFFFD";
      i += 2;
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {  // also that of ]]>
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else {
      out += c;
    }
  }
  return out;
}

struct Suite {
  std::string_view practice;
  std::string_view title;
  std::vector<const Verdict*> cases;
};

/// In an order that is the same whatever failed.
std::vector<Suite> suites_of(const model::AuditReport& report) {
  std::map<std::string_view, std::vector<const Verdict*>> by_practice;
  for (const Verdict& verdict : report.results) {
    if (verdict.outcome != Outcome::not_applicable) {
      by_practice[verdict.practice].push_back(&verdict);
    }
  }
  const auto address = [](const Verdict* v) {
    return std::tie(v->check, v->subject->job_name, v->subject->job_id, v->subject->vertex_name,
                    v->subject->vertex_ordinal);
  };
  std::vector<Suite> suites;
  suites.reserve(by_practice.size());
  const auto add = [&](std::string_view id, std::string_view title,
                       std::vector<const Verdict*> cases) {
    std::ranges::stable_sort(cases, {}, address);
    suites.push_back({id, title, std::move(cases)});
  };
  for (const model::Practice& practice : model::practices()) {
    if (auto found = by_practice.extract(practice.id); !found.empty()) {
      add(practice.id, practice.title, std::move(found.mapped()));
    }
  }
  for (auto& [id, cases] : by_practice) {  // a newer daemon's
    add(id, id, std::move(cases));
  }
  return suites;
}

/// Why a case is skipped; empty where it is not.
std::string reason_to_skip(const Verdict& verdict, const model::BaselineDifference* baseline) {
  if (verdict.outcome == Outcome::unknown) {
    return fmt::format("unknown: {}", verdict.reason);
  }
  if (verdict.outcome != Outcome::fail) {
    return {};
  }
  if (const auto& waiver = verdict.waiver) {
    return fmt::format("waived{}{}: {}", waiver->owner.empty() ? "" : " by ", waiver->owner,
                       waiver->reason);
  }
  return baseline != nullptr && baseline->of(verdict) == model::SinceBaseline::known
             ? fmt::format("in the baseline: {}", verdict.message)
             : std::string();
}

void write_failure(std::string& out, const Verdict& verdict) {
  fmt::format_to(std::back_inserter(out), R"(      <failure message="{}" type="{}">)",
                 xml(verdict.message), to_text(verdict.severity));
  for (const model::Evidence& evidence : verdict.evidence) {
    const std::string source = source_of(evidence);
    fmt::format_to(
        std::back_inserter(out), "{} = {}{}{}\n", xml(evidence.label), xml(show(evidence)),
        evidence.expected.empty() ? "" : fmt::format(" (expected: {})", xml(evidence.expected)),
        source.empty() ? "" : fmt::format(" from {}", xml(source)));
  }
  out += "Fix:\n";
  for (const std::string_view line : base::split(verdict.remediation, '\n')) {
    fmt::format_to(std::back_inserter(out), "{}\n", xml(line));
  }
  fmt::format_to(std::back_inserter(out), "More: audit-now explain {}</failure>\n",
                 xml(verdict.check));
}

void write_suite(std::string& out, const Suite& suite, const model::AuditReport& report,
                 const model::BaselineDifference* baseline) {
  std::string cases;
  std::size_t failures = 0;
  std::size_t skipped = 0;
  std::map<std::string, std::size_t> names;
  for (const Verdict* verdict : suite.cases) {
    std::string name = fmt::format("{}: {}", verdict->check, name_of(*verdict->subject));
    if (const std::size_t number = ++names[name]; number > 1) {
      fmt::format_to(std::back_inserter(name), " #{}", number);
    }
    fmt::format_to(std::back_inserter(cases),
                   R"(    <testcase classname="flink.{}" name="{}" time="0")", xml(suite.practice),
                   xml(name));
    const std::string reason = reason_to_skip(*verdict, baseline);
    if (!reason.empty()) {
      ++skipped;
      fmt::format_to(std::back_inserter(cases),
                     ">\n      <skipped message=\"{}\"/>\n    </testcase>\n", xml(reason));
    } else if (verdict->outcome == Outcome::fail) {
      ++failures;
      cases += ">\n";
      write_failure(cases, *verdict);
      cases += "    </testcase>\n";
    } else {
      cases += "/>\n";
    }
  }
  // JUnit's times have neither fractions nor a zone.
  fmt::format_to(std::back_inserter(out),
                 "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" "
                 "skipped=\"{}\" time=\"0\" timestamp=\"{}\">\n",
                 xml(suite.title), suite.cases.size(), failures, skipped,
                 base::format_rfc3339(report.taken_at).substr(0, 19));
  fmt::format_to(std::back_inserter(out),
                 "    <properties>\n      <property name=\"cluster\" value=\"{}\"/>\n"
                 "      <property name=\"flink\" value=\"{}\"/>\n"
                 "      <property name=\"flink-auditor\" value=\"{}\"/>\n    </properties>\n",
                 xml(report.name), xml(report.flink_version), version);
  out += cases;
  out += "  </testsuite>\n";
}

}  // namespace

std::string to_junit(const model::AuditReport& report, const model::BaselineDifference* baseline) {
  std::string body;
  std::size_t tests = 0;
  std::size_t failures = 0;
  for (const Suite& suite : suites_of(report)) {
    write_suite(body, suite, report, baseline);
    tests += suite.cases.size();
    failures += static_cast<std::size_t>(
        std::ranges::count_if(suite.cases, [baseline](const Verdict* verdict) {
          return verdict->outcome == Outcome::fail && reason_to_skip(*verdict, baseline).empty();
        }));
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" time=\"{:.3f}\">\n"
      "{}</testsuites>\n",
      xml(fmt::format("Flink audit of {}", report.name)), tests, failures,
      std::chrono::duration<double>(report.requests.duration).count(), body);
}

}  // namespace auditor::report
