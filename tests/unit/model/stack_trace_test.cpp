#include "model/stack_trace.h"

#include <gtest/gtest.h>

namespace auditor::model {
namespace {

const std::string wrapped =
    "java.io.IOException: Could not perform checkpoint 15 for operator remember -> even (1/1)#14.\n"
    "\tat org.apache.flink.streaming.runtime.tasks.StreamTask.triggerCheckpointOnBarrier("
    "StreamTask.java:1394)\n"
    "\tat java.base/java.lang.Thread.run(Thread.java:840)\n"
    "\tSuppressed: java.lang.Exception: while closing\n"
    "\t\tat lab.Other.close(Other.java:3)\n"
    "\tCaused by: java.lang.Exception: not the cause\n"
    "\t\t... 3 more\n"
    "Caused by: org.apache.flink.runtime.checkpoint.CheckpointException: Could not complete "
    "snapshot 15 for operator remember (1/1)#14. Failure reason: Checkpoint was declined.\n"
    "\tat org.apache.flink.streaming.api.operators.StreamOperatorStateHandler.snapshotState("
    "StreamOperatorStateHandler.java:300)\n"
    "\t... 22 more\n"
    "Caused by: java.lang.IllegalStateException: lab: snapshot fails on purpose\n"
    "\tat lab.StreamJob$Remember.snapshotState(StreamJob.java:193)\n"
    "\tat org.apache.flink.streaming.util.functions.StreamingFunctionUtils.trySnapshot("
    "StreamingFunctionUtils.java:118)\n"
    "\t... 33 more\n";

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), with);
    at += with.size();
  }
  return text;
}

std::string fingerprint(const std::string& trace) {
  return cause_of(trace).fingerprint;
}

TEST(StackTrace, IsCalledByItsDeepestCause) {
  const Cause cause = cause_of(wrapped);
  EXPECT_EQ(cause.title, "java.lang.IllegalStateException: lab: snapshot fails on purpose");
  EXPECT_EQ(cause.fingerprint.size(), 32U);
  EXPECT_EQ(cause_of("java.lang.NullPointerException\n\tat a.B.c(B.java:1)").title,
            "java.lang.NullPointerException");
  EXPECT_EQ(cause_of(""), Cause{});
  EXPECT_EQ(cause_of("\n \n"), Cause{});
  EXPECT_EQ(cause_of("the node went away").title, "the node went away");
}

TEST(StackTrace, IsTheSameCauseOverAttemptsLinesAndReleases) {
  std::string other = replaced(wrapped, "15", "7");
  other = replaced(other, "#14", "#6");
  other = replaced(other, "StreamJob.java:193", "StreamJob.java:201");
  other = replaced(other, "StreamTask.java:1394", "StreamTask.java:900");
  other = replaced(other, "java.base/", "");
  EXPECT_EQ(fingerprint(wrapped), fingerprint(other));
  // Wrapped less, or in what Flink sends for a class that it cannot load.
  const std::string bare = wrapped.substr(wrapped.rfind("java.lang.IllegalState"));
  EXPECT_EQ(fingerprint(wrapped), fingerprint(bare));
  EXPECT_EQ(fingerprint(bare), fingerprint("org.apache.flink.util.SerializedThrowable: " + bare));
}

TEST(StackTrace, IsAnotherCauseWhereItIsThrownElsewhereOrSaysAnotherThing) {
  EXPECT_NE(fingerprint(wrapped), fingerprint(replaced(wrapped, "StreamJob$Remember.snapshotState",
                                                       "StreamJob$Map.map")));
  EXPECT_NE(fingerprint(wrapped), fingerprint(replaced(wrapped, "on purpose", "by accident")));
  EXPECT_NE(fingerprint(wrapped), fingerprint(replaced(wrapped, "IllegalState", "IllegalAccess")));
}

TEST(StackTrace, KnowsGeneratedNamesForOne) {
  const auto thrown_in = [](const std::string& frame) {
    return fingerprint("java.lang.NullPointerException\n\tat " + frame + "\n");
  };
  EXPECT_EQ(thrown_in("lab.Job$$Lambda$123/0x00000008401c0840.apply(Unknown Source)"),
            thrown_in("lab.Job$$Lambda/0x00007f12.apply(Unknown Source)"));
  EXPECT_EQ(thrown_in("lab.Job.lambda$main$18(Job.java:7)"),
            thrown_in("lab.Job.lambda$main$2(Job.java:9)"));
  EXPECT_EQ(thrown_in("StreamExecCalc$43.processElement(Unknown Source)"),
            thrown_in("StreamExecCalc$7.processElement(Unknown Source)"));
  EXPECT_EQ(thrown_in("app//lab.Job.map(Job.java:7)"), thrown_in("lab.Job.map(Job.java:7)"));
  EXPECT_EQ(thrown_in("jdk.internal.reflect.GeneratedMethodAccessor12.invoke(Unknown Source)"),
            thrown_in("jdk.internal.reflect.GeneratedMethodAccessor3.invoke(Unknown Source)"));
}

/// Memory runs out wherever it happens to.
TEST(StackTrace, TellsOutOfMemoryByItsKindAlone) {
  EXPECT_EQ(fingerprint("java.lang.OutOfMemoryError: Java heap space\n\tat lab.A.b(A.java:1)"),
            fingerprint("java.lang.OutOfMemoryError: Java heap space\n\tat lab.C.d(C.java:2)"));
  EXPECT_NE(fingerprint("java.lang.OutOfMemoryError: Java heap space\n\tat lab.A.b(A.java:1)"),
            fingerprint("java.lang.OutOfMemoryError: Metaspace\n\tat lab.A.b(A.java:1)"));
}

TEST(StackTrace, NormalizesWhatVaries) {
  EXPECT_EQ(normalized("Could not perform checkpoint 16 for operator a -> b (1/1)#15."),
            "Could not perform checkpoint # for operator a -> b (#)#");
  EXPECT_EQ(normalized("Connection unexpectedly closed by remote task manager "
                       "'node-7.example/10.0.0.7:43021 [ tm-7 ] '. This might indicate"),
            "Connection unexpectedly closed by remote task manager #. This might indicate");
  EXPECT_EQ(normalized(R"(No field "price" in {"id": 12, "a": {}} at [1, 2])"),
            "No field # in # at #");
  EXPECT_EQ(normalized("at 2026-11-24T18:21:41.137Z 0x7f00 deadbeefcafe 12 ms"), "at # ms");
  EXPECT_EQ(normalized("No space left in /var/lib/flink: full"), "No space left in # full");
  EXPECT_EQ(normalized("the job doesn't restart, and it's late"),
            "the job doesn't restart, and it's late");
  EXPECT_EQ(normalized("an open \"quote"), "an open \"quote");
  EXPECT_EQ(normalized("cut off {\"a\": 1"), "cut off #");
  EXPECT_EQ(normalized(""), "");
  EXPECT_EQ(normalized(std::string(5000, 'x')).size(), 300U);
}

TEST(StackTrace, IsCondensedToTheChain) {
  const std::string text = condensed(wrapped);
  EXPECT_TRUE(text.starts_with("java.io.IOException: Could not perform checkpoint 15")) << text;
  EXPECT_NE(text.find("\nCaused by: org.apache.flink.runtime.checkpoint.CheckpointException"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("Caused by: java.lang.IllegalStateException: lab: snapshot fails"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("\tat lab.StreamJob$Remember.snapshotState(StreamJob.java:193)"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("not the cause"), std::string::npos) << text;
  EXPECT_EQ(condensed(""), "");
  // It reads the same again.
  EXPECT_EQ(cause_of(text), cause_of(wrapped));
}

TEST(StackTrace, StaysShortAndKeepsTheDeepestCause) {
  std::string deep = "a.Outer: " + std::string(10'000, 'y') + "\n";
  for (int i = 0; i < 500; ++i) {
    deep += "Caused by: a.Between" + std::to_string(i) + ": " + std::string(100, 'z') +
            "\n\tat a.B.c(B.java:1)\n";
  }
  deep += "Caused by: a.Deepest: \xC3\xA4\xC3\xA4 the end\n\tat lab.Z.z(Z.java:1)\n";
  const std::string text = condensed(deep);
  EXPECT_LE(text.size(), 2048U);
  EXPECT_TRUE(text.starts_with("a.Outer: yyy")) << text;
  EXPECT_NE(text.find("Caused by: a.Deepest: \xC3\xA4\xC3\xA4 the end"), std::string::npos) << text;
  EXPECT_EQ(cause_of(deep).title, "a.Deepest: \xC3\xA4\xC3\xA4 the end");
}

TEST(StackTrace, ShowsNoPasswordOfAUrl) {
  const std::string trace =
      "java.sql.SQLException: cannot connect to jdbc:mysql://app:s3cr3t@db:3306/orders";
  EXPECT_EQ(cause_of(trace).title.find("s3cr3t"), std::string::npos);
  EXPECT_EQ(condensed(trace).find("s3cr3t"), std::string::npos);
}

}  // namespace
}  // namespace auditor::model
