#include <functional>
#include <set>

#include <gtest/gtest.h>

#include "base/text.h"
#include "tests/unit/support/files.h"
#include "tests/unit/web/world.h"
#include "web/routes.h"

namespace auditor::web {
namespace {

using testing::WebWorld;

nlohmann::json document() {
  return testing::read_json(testing::source("web/openapi.json"));
}

/// "GET /api/v1/jobs" of each operation.
std::set<std::string> documented(const nlohmann::json& document) {
  std::set<std::string> operations;
  for (const auto& [path, methods] : document["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      if (method != "parameters") {
        std::string upper = method;
        std::ranges::transform(upper, upper.begin(),
                               [](char c) { return static_cast<char>(c - 'a' + 'A'); });
        operations.insert(upper + " " + path);
      }
    }
  }
  return operations;
}

void for_each_member(const nlohmann::json& value,
                     const std::function<void(const std::string&, const nlohmann::json&)>& visit) {
  if (!value.is_structured()) {
    return;
  }
  for (const auto& [name, member] : value.items()) {
    visit(name, member);
    for_each_member(member, visit);
  }
}

TEST(OpenApi, TellsOfEachRouteAndOfNothingElse) {
  std::set<std::string> routed;
  for (const Route& route : routes()) {
    routed.insert(std::string(route.method) + " " + std::string(route.pattern));
  }
  EXPECT_EQ(routed.size(), routes().size());
  EXPECT_EQ(documented(document()), routed);
}

TEST(OpenApi, NamesEachParameterThatIsRead) {
  WebWorld world;
  const auto all = document();
  for (const auto& [path, methods] : all["paths"].items()) {
    if (!path.starts_with("/api/") || !methods.contains("get")) {
      continue;
    }
    std::string known = "unknown parameter \"no-such\"; there are none here";
    std::vector<std::string> names;
    for (const auto& parameter : methods["get"].value("parameters", nlohmann::json::array())) {
      names.push_back(parameter["name"]);
    }
    if (!names.empty()) {
      known = "unknown parameter \"no-such\"; there are: " + base::join(names, ", ");
    }
    std::string target = path;
    if (const std::size_t brace = target.find('{'); brace != std::string::npos) {
      target.replace(brace, target.find('}') - brace + 1, "x");
    }
    EXPECT_EQ(world.get(target + "?no-such=1", 400)["detail"], known) << path;
  }
}

TEST(OpenApi, NamesEachPathParameter) {
  const auto all = document();
  for (const auto& [path, methods] : all["paths"].items()) {
    std::vector<std::string> names;
    for (const auto& parameter : methods.value("parameters", nlohmann::json::array())) {
      EXPECT_EQ(parameter["in"], "path");
      names.push_back(parameter["name"]);
    }
    for (const std::string& name : names) {
      EXPECT_NE(path.find("{" + name + "}"), std::string::npos) << path;
    }
    EXPECT_EQ(std::ranges::count(path, '{'), static_cast<std::ptrdiff_t>(names.size())) << path;
  }
}

TEST(OpenApi, RefersToWhatIsThere) {
  const auto all = document();
  std::set<std::string> used;
  for_each_member(all, [&](const std::string& name, const nlohmann::json& member) {
    if (name == "$ref") {
      const auto target = member.get<std::string>();
      ASSERT_TRUE(target.starts_with("#/"));
      EXPECT_TRUE(all.contains(nlohmann::json::json_pointer(target.substr(1)))) << target;
      used.insert(target);
    }
  });
  for (const auto& [name, schema] : all["components"]["schemas"].items()) {
    EXPECT_TRUE(used.contains("#/components/schemas/" + name)) << name;
  }
}

TEST(OpenApi, NamesEachOperationOnceAndTheProblemsOfEach) {
  const auto all = document();
  std::set<std::string> ids;
  for (const auto& [path, methods] : all["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      if (method == "parameters") {
        continue;
      }
      EXPECT_TRUE(ids.insert(operation["operationId"]).second) << path;
      EXPECT_TRUE(operation["responses"].contains("421")) << path;
      EXPECT_EQ(operation["responses"].contains("404"), path.find('{') != std::string::npos ||
                                                            path == "/api/v1/coverage" ||
                                                            path == "/api/v1/exceptions")
          << path;
      if (method != "get") {
        EXPECT_TRUE(operation["responses"].contains("401")) << path;
        EXPECT_EQ(operation["security"].size(), 2) << path;
      }
    }
  }
}

TEST(OpenApi, IsServed) {
  WebWorld world;
  EXPECT_EQ(world.get("/api/v1/openapi.json")["openapi"], "3.1.0");
}

}  // namespace
}  // namespace auditor::web
