#include "web/intake.h"

#include <gtest/gtest.h>

namespace auditor::web {
namespace {

using State = Intake::State;

constexpr std::string_view post =
    "POST /a%20b?x=1&y=%2B+ HTTP/1.1\r\nHost: Localhost:1\r\nX-Thing:  two words \r\n"
    "x-thing: more\r\nContent-Length: 5\r\n\r\nhello";

TEST(Intake, ReadsARequest) {
  Intake intake;
  ASSERT_EQ(intake.feed(post), State::complete);
  EXPECT_FALSE(intake.last());
  const Request request = intake.take();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, std::vector<std::string>{"a b"});
  EXPECT_EQ(request.query,
            (std::vector<std::pair<std::string, std::string>>{{"x", "1"}, {"y", "+ "}}));
  EXPECT_EQ(request.target, "/a%20b?x=1&y=%2B+");
  EXPECT_EQ(request.host, "Localhost:1");
  EXPECT_EQ(request.header("x-thing"), "two words, more");
  EXPECT_EQ(request.body, "hello");
  EXPECT_EQ(intake.state(), State::idle);
}

TEST(Intake, ReadsItByteByByte) {
  Intake intake;
  EXPECT_EQ(intake.state(), State::idle);
  for (const char& byte : post.substr(0, post.size() - 1)) {
    ASSERT_EQ(intake.feed({&byte, 1}), State::reading);
  }
  ASSERT_EQ(intake.feed("o"), State::complete);
  EXPECT_EQ(intake.take().body, "hello");
}

TEST(Intake, KeepsWhatComesBehind) {
  Intake intake;
  ASSERT_EQ(intake.feed(std::string(post) + std::string(post) + "GET "), State::complete);
  EXPECT_EQ(intake.take().body, "hello");
  ASSERT_EQ(intake.state(), State::complete);
  EXPECT_EQ(intake.take().body, "hello");
  EXPECT_EQ(intake.state(), State::reading);
}

TEST(Intake, PassesEmptyLinesBeforeARequest) {
  Intake intake;
  EXPECT_EQ(intake.feed("\r\n\r\n"), State::idle);
  EXPECT_EQ(intake.feed("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), State::complete);
}

TEST(Intake, KnowsWhetherTheConnectionGoesOn) {
  const auto last = [](std::string_view version, std::string_view connection) {
    Intake intake;
    intake.feed("GET / " + std::string(version) +
                "\r\nHost: a\r\nConnection: " + std::string(connection) + "\r\n\r\n");
    EXPECT_EQ(intake.state(), State::complete);
    return intake.last();
  };
  EXPECT_FALSE(last("HTTP/1.1", "te"));
  EXPECT_TRUE(last("HTTP/1.1", "Close"));
  EXPECT_TRUE(last("HTTP/1.1", "close, keep-alive"));
  EXPECT_TRUE(last("HTTP/1.0", "te"));
  EXPECT_FALSE(last("HTTP/1.0", "TE, Keep-Alive"));
}

TEST(Intake, HoldsNoMoreThanItsBounds) {
  constexpr std::size_t piece = 1'000;
  for (const std::string_view begin :
       {"", "GET /", "GET / HTTP/1.1\r\nX: ", "GET / HTTP/1.1\r\nHost: a\r\n"}) {
    for (const std::string_view filling : {"a", "X: a\r\n", "\r\n", "a\r\n"}) {
      Intake intake;
      intake.feed(begin);
      std::string bytes;
      while (bytes.size() < piece) {
        bytes += filling;
      }
      std::size_t most = 0;
      for (int i = 0; i < 200 && intake.state() != State::complete; ++i) {
        intake.feed(bytes);
        most = std::max(most, intake.buffered());
      }
      EXPECT_LE(most, Intake::most_head + 2 * piece) << begin << filling;
      EXPECT_TRUE(intake.state() == State::refused || intake.state() == State::idle ||
                  intake.state() == State::complete)
          << begin << filling;
    }
  }
}

TEST(Intake, TakesWhatIsJustSmallEnough) {
  Intake line;
  line.feed("GET /" + std::string(Intake::most_line - 14, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(line.state(), State::complete);
  Intake body;
  body.feed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n");
  EXPECT_EQ(body.feed(std::string(65'536, 'x')), State::complete);
  EXPECT_EQ(body.take().body.size(), 65'536);
}

TEST(Intake, SaysWhyItRefuses) {
  const auto refusal = [](std::string_view head) {
    Intake intake;
    intake.feed(head);
    EXPECT_EQ(intake.state(), State::refused) << head;
    EXPECT_EQ(intake.buffered(), 0);
    return intake.problem().status;
  };
  const std::string begin = "POST / HTTP/1.1\r\nHost: a\r\n";
  EXPECT_EQ(refusal(begin + "Transfer-Encoding: gzip\r\n\r\n"), 411);
  EXPECT_EQ(refusal(begin + "Content-Length: 99999999999999999999999\r\n\r\n"), 413);
  EXPECT_EQ(refusal(begin + "Expect: 100-continue\r\nContent-Length: 1\r\n\r\n"), 417);
  EXPECT_EQ(refusal(begin + "Authorization: a\r\nAuthorization: b\r\n\r\n"), 400);
  EXPECT_EQ(refusal(begin + "X: a\x01\r\n\r\n"), 400);
  EXPECT_EQ(refusal(begin + ": a\r\n\r\n"), 400);
  EXPECT_EQ(refusal(begin + "X\r\n\r\n"), 400);
  EXPECT_EQ(refusal("GET / HTTP/1.1\n"), 400);  // at once, not after a wait for more
}

}  // namespace
}  // namespace auditor::web
