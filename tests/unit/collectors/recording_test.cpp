#include "collectors/recording.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/gzip.h"

namespace auditor::collectors {
namespace {

std::string error_of(const std::string& document) {
  const auto recording = Recording::parse(document);
  return recording ? "" : recording.error().message;
}

TEST(Recording, GivesBackWhatWasRecorded) {
  const auto recording = Recording::parse(
      R"({"schema":"flink-auditor/recording/1","recorded_at":"2026-11-24T20:16:18.000Z",
    "target":"http://a","answers":{"/config":{"status":200,"body":{"x": 1.5}},"/page":{"status":200,"body":"<html>"}}})");
  ASSERT_TRUE(recording) << recording.error().message;
  EXPECT_EQ(recording->target(), "http://a");
  EXPECT_EQ(base::format_rfc3339(recording->recorded_at()), "2026-11-24T20:16:18.000Z");
  EXPECT_EQ(recording->answer("/config")->body, R"({"x":1.5})");
  EXPECT_EQ(recording->answer("/page")->body, "<html>");
  EXPECT_EQ(recording->answer("/other").error().kind, base::ErrorKind::not_recorded);
}

TEST(Recording, OfSeveralFramesGivesTheLast) {
  const auto recording = Recording::parse(R"({"schema":"flink-auditor/recording/1","frames":[
    {"recorded_at":"2026-11-24T20:16:18Z","answers":{"/config":{"status":200,"body":1}}},
    {"recorded_at":"2026-11-24T20:17:18Z","answers":{"/config":{"status":200,"body":2}}}]})");
  ASSERT_TRUE(recording) << recording.error().message;
  EXPECT_EQ(recording->answer("/config")->body, "2");
  EXPECT_EQ(base::format_rfc3339(recording->recorded_at()), "2026-11-24T20:17:18.000Z");
}

TEST(Recording, WithoutTheListOfJobsMakesItFromThem) {
  const auto recording = Recording::parse(R"({"schema":"flink-auditor/recording/1","answers":{
    "/jobs/a1":{"status":200,"body":{"jid":"a1","name":"orders","state":"RUNNING","now":1795000000000}},
    "/jobs/a1/config":{"status":200,"body":{}},"/jobs/b2":{"status":404,"body":{}}}})");
  ASSERT_TRUE(recording);
  const auto overview = nlohmann::json::parse(recording->answer("/jobs/overview")->body);
  ASSERT_EQ(overview["jobs"].size(), 1U);
  EXPECT_EQ(overview["jobs"][0]["name"], "orders");
  EXPECT_EQ(base::format_rfc3339(recording->recorded_at()), "2026-11-18T11:06:40.000Z")
      << "the newest clock in it";
}

TEST(Recording, SaysWhatIsWrongWithIt) {
  EXPECT_NE(error_of("{").find("not well-formed JSON"), std::string::npos);
  EXPECT_NE(error_of("[]").find("JSON, but not"), std::string::npos);
  EXPECT_NE(error_of("{}").find("not a recording"), std::string::npos);
  EXPECT_NE(error_of(R"({"schema":"flink-auditor/recording/9"})").find("this release reads"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"schema":"flink-auditor/recording/1"})").find("no \"answers\""),
            std::string::npos);
  EXPECT_NE(error_of(R"({"schema":"flink-auditor/recording/1","frames":[]})").find("frames"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"schema":"flink-auditor/recording/1","answers":{"/a":{"status":200}}})")
                .find("/a"),
            std::string::npos);
}

TEST(Recorder, SeveralLooksMakeATimeline) {
  const base::Timestamp noon = *base::parse_rfc3339("2026-11-26T12:00:00Z");
  Recorder recorder;
  recorder.add("/a", {200, "", "", R"({"look":1})", {}});
  recorder.end_frame(noon);
  recorder.end_frame(noon + std::chrono::seconds(10));  // nothing answered
  recorder.add("/a", {200, "", "", R"({"look":3})", {}});
  recorder.end_frame(noon + std::chrono::seconds(20));
  EXPECT_EQ(recorder.frames(), 3U);
  EXPECT_EQ(recorder.size(), 2U);
  const auto packed = recorder.finish("http://host:8081");
  ASSERT_TRUE(packed);
  const std::string file = ::testing::TempDir() + "timeline.json.gz";
  ASSERT_TRUE(base::write_file(file, *packed));
  const auto frames = Recording::read_frames(file);
  ASSERT_TRUE(frames) << frames.error().message;
  ASSERT_EQ(frames->size(), 3U);
  EXPECT_EQ(frames->at(0).answer("/a")->body, R"({"look":1})");
  EXPECT_EQ(frames->at(0).recorded_at(), noon);
  EXPECT_FALSE(frames->at(1).answer("/a"));
  EXPECT_EQ(frames->at(2).target(), "http://host:8081");
  const auto last = Recording::read(file);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->answer("/a")->body, R"({"look":3})");
  EXPECT_EQ(last->recorded_at(), noon + std::chrono::seconds(20));
}

TEST(Recorder, MasksSecretsAndKeepsTheRest) {
  Recorder recorder;
  recorder.add("/jobmanager/config",
               {200,
                "",
                "",
                R"([{"key":"s3.access-key","value":"AKIA"},{"key":"rest.port","value":"8081"},)"
                R"({"key":"dir","value":"s3://u:p@h/x"}])",
                {}});
  recorder.add(
      "/jobs/a/config",
      {200, "", "", R"({"execution-config":{"user-config":{"db.password":"x","n":"1"}}})", {}});
  recorder.add("/broken", {200, "", "", "<html>", {}});
  recorder.end_frame({});
  const auto packed = recorder.finish("http://u:p@host:8081");
  ASSERT_TRUE(packed);
  const std::string text = *base::gunzip(*packed, base::mebibytes(1));
  for (const char* secret : {"AKIA", "u:p@", "\"x\""}) {
    EXPECT_EQ(text.find(secret), std::string::npos) << secret;
  }
  const auto recording = Recording::parse(text);
  ASSERT_TRUE(recording) << recording.error().message;
  EXPECT_NE(recording->answer("/jobmanager/config")->body.find(R"("rest.port","value":"8081")"),
            std::string::npos);
  EXPECT_NE(recording->answer("/jobs/a/config")->body.find(R"("n":"1")"), std::string::npos);
  EXPECT_EQ(recording->answer("/broken")->body, "<html>");
}

}  // namespace
}  // namespace auditor::collectors
