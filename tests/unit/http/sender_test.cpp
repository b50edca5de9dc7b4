#include "http/sender.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/storage/support.h"
#include "tests/unit/support/sink.h"

namespace auditor::http {
namespace {

using testing::http_answer;
using testing::MailSink;
using testing::Sink;

Outgoing post_to(const std::string& url, const Target& access = {}) {
  Outgoing post;
  post.url = url;
  post.access = std::make_shared<const Target>(access);
  post.content_type = "application/json";
  post.headers = {"webhook-id: msg_1"};
  post.body = R"({"a": 1})";
  return post;
}

Outgoing mail_to(const std::string& url, std::vector<std::string> to) {
  Outgoing mail;
  mail.method = Outgoing::Method::mail;
  mail.url = url;
  mail.access = std::make_shared<const Target>();
  mail.from = "auditor@example.org";
  mail.to = std::move(to);
  mail.body = "Subject: x\r\n\r\n.a line with a dot\r\n";
  return mail;
}

base::Result<Reply> sent(Outgoing outgoing) {
  Sender sender;
  std::optional<base::Result<Reply>> reply;
  sender.send(std::move(outgoing), [&reply](base::Result<Reply> got) { reply = std::move(got); });
  for (int turn = 0; turn < 2'000 && !reply; ++turn) {
    sender.poll(std::chrono::milliseconds(20));
  }
  return reply ? *reply : base::fail(base::ErrorKind::internal, "nothing came of it");
}

/// A sender's error, that may name the origin alone.
base::Error error_of(Outgoing outgoing) {
  const std::string url = outgoing.url;
  const auto reply = sent(std::move(outgoing));
  EXPECT_FALSE(reply);
  const base::Error error = reply ? base::Error{} : reply.error();
  EXPECT_NE(error.message.find(origin_of(url)), std::string::npos) << error.message;
  EXPECT_EQ(error.message.find("SECRET"), std::string::npos) << error.message;
  return error;
}

TEST(HttpSender, PostsWhatItIsGiven) {
  const Sink sink([](const Sink::Request&) { return http_answer(202, "X: y\r\n", "taken"); });
  Target access;
  access.bearer_token = "token";
  access.headers = {"X-Team: a"};
  const auto reply = sent(post_to(sink.url("/hook?x=1"), access));
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->status, 202);
  EXPECT_EQ(reply->body, "taken");
  EXPECT_EQ(reply->retry_after, "");
  ASSERT_EQ(sink.requests().size(), 1U);
  const Sink::Request request = sink.requests()[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/hook?x=1");
  EXPECT_EQ(request.body, R"({"a": 1})");
  EXPECT_EQ(request.headers.at("content-type"), "application/json");
  EXPECT_EQ(request.headers.at("authorization"), "Bearer token");
  EXPECT_EQ(request.headers.at("x-team"), "a");
  EXPECT_EQ(request.headers.at("webhook-id"), "msg_1");
  EXPECT_TRUE(request.headers.at("user-agent").starts_with("flink-auditor/"));
  EXPECT_FALSE(request.headers.contains("expect"));
}

TEST(HttpSender, SendsLargeBodiesWithoutWaiting) {
  const Sink sink([](const Sink::Request&) { return http_answer(200); });
  Outgoing post = post_to(sink.url());
  post.body = std::string(3'000'000, 'x');
  const auto reply = sent(std::move(post));
  ASSERT_TRUE(reply) << reply.error().message;
  ASSERT_EQ(sink.requests().size(), 1U);
  EXPECT_EQ(sink.requests()[0].body.size(), 3'000'000U);
}

TEST(HttpSender, Gets) {
  const Sink sink([](const Sink::Request&) { return http_answer(200); });
  Outgoing get = post_to(sink.url("/ping/SECRET"));
  get.method = Outgoing::Method::get;
  ASSERT_TRUE(sent(std::move(get)));
  ASSERT_EQ(sink.requests().size(), 1U);
  EXPECT_EQ(sink.requests()[0].method, "GET");
  EXPECT_EQ(sink.requests()[0].target, "/ping/SECRET");
}

TEST(HttpSender, GivesAnyStatusAndRetryAfterAndFollowsNoRedirect) {
  const Sink other([](const Sink::Request&) { return http_answer(200); });
  for (const int status : {204, 302, 404, 410, 429, 500, 503}) {
    const Sink sink([&](const Sink::Request&) {
      return http_answer(status, fmt::format("RETRY-after:  17 \r\nLocation: {}\r\n", other.url()));
    });
    const auto reply = sent(post_to(sink.url()));
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->status, status);
    EXPECT_EQ(reply->retry_after, "17");
  }
  EXPECT_TRUE(other.requests().empty());
}

TEST(HttpSender, OfALargeAnswerTheStatusCounts) {
  const std::string body(10'000'000, 'x');
  const Sink sink([&](const Sink::Request&) { return http_answer(201, {}, body); });
  const auto reply = sent(post_to(sink.url()));
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->status, 201);
  EXPECT_EQ(reply->body.size(), max_reply_body);
}

TEST(HttpSender, OfAnAnswerThatIsCutOrHangsTheStatusCounts) {
  const Sink cut([&](const Sink::Request&) {
    return std::string("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  });
  const auto reply = sent(post_to(cut.url()));
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(reply->body, "half");
  const Sink early([&](const Sink::Request&) { return std::string("HTTP/1.1 200 OK\r\nX: "); });
  EXPECT_FALSE(sent(post_to(early.url()))) << "its header is not complete";
}

TEST(HttpSender, TellsWhyThereIsNoAnswer) {
  std::string closed;
  {
    const Sink sink([](const Sink::Request&) { return std::string(); });
    closed = sink.url("/SECRET");
    EXPECT_EQ(error_of(post_to(closed)).kind, base::ErrorKind::network) << "cut";
  }
  const testing::Listener plain([](int socket) {
    constexpr std::string_view bad = "HTTP/1.1 400 Bad Request\r\n\r\n";
    EXPECT_EQ(::send(socket, bad.data(), bad.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bad.size()));
  });
  EXPECT_EQ(error_of(post_to(plain.address("https") + "/SECRET")).kind, base::ErrorKind::tls);
  const base::Error refused = error_of(post_to(closed));
  EXPECT_EQ(refused.kind, base::ErrorKind::network);
  EXPECT_NE(refused.message.find("refused"), std::string::npos) << refused.message;
  EXPECT_EQ(refused.message.find("JobManager"), std::string::npos) << refused.message;
  const Sink hangs([](const Sink::Request&) { return std::string(Sink::hang); });
  Target access;
  access.limits.request_timeout = std::chrono::milliseconds(50);
  EXPECT_EQ(error_of(post_to(hangs.url("/SECRET"), access)).kind, base::ErrorKind::timed_out);
  const Sink endless([](const Sink::Request&) {
    return fmt::format("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", std::string(90'000, 'x'));
  });
  EXPECT_EQ(error_of(post_to(endless.url("/SECRET"))).kind, base::ErrorKind::too_large);
  EXPECT_EQ(error_of(post_to("http://user:SECRET@127.0.0.1:1/SECRET?SECRET")).kind,
            base::ErrorKind::network);
  EXPECT_FALSE(sent(post_to("file:///etc/hostname"))) << "HTTP alone";
  Outgoing injected = post_to(closed);
  injected.headers = {"X: a\r\nY: b"};
  EXPECT_EQ(error_of(std::move(injected)).kind, base::ErrorKind::usage);
}

/// `openssl s_server` with a certificate of its own for 127.0.0.1.
class TlsServer {
 public:
  TlsServer() {
    const std::string make = fmt::format(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=sink -addext "
        "subjectAltName=IP:127.0.0.1 -keyout {0} -out {1} 2>/dev/null",
        folder_.file("key.pem"), certificate());
    if (std::system(make.c_str()) != 0) {
      return;
    }
    // Its own process group's only one, so that `pclose` ends with it.
    const std::string serve = fmt::format(
        "echo $$; exec openssl s_server -accept 127.0.0.1:0 -www -key {0} -cert {1} "
        "2>&1",
        folder_.file("key.pem"), certificate());
    pipe_ = ::popen(serve.c_str(), "r");
    std::array<char, 256> line{};
    if (std::fgets(line.data(), line.size(), pipe_) != nullptr) {
      process_ = std::atoi(line.data());
    }
    while (port_ == 0 && std::fgets(line.data(), line.size(), pipe_) != nullptr) {
      const std::string_view text = line.data();
      if (text.starts_with("ACCEPT 127.0.0.1:")) {
        port_ = std::atoi(line.data() + 17);
      }
    }
  }
  ~TlsServer() {
    if (process_ > 0) {
      ::kill(process_, SIGKILL);
    }
    if (pipe_ != nullptr) {
      ::pclose(pipe_);
    }
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  [[nodiscard]] std::string certificate() const { return folder_.file("certificate.pem"); }
  [[nodiscard]] std::string url() const { return fmt::format("https://127.0.0.1:{}/", port_); }
  [[nodiscard]] bool serves() const { return port_ != 0; }

 private:
  testing::Folder folder_;
  std::FILE* pipe_ = nullptr;
  int process_ = 0;
  int port_ = 0;
};

TEST(HttpSender, SpeaksTlsToWhomItCanVerify) {
  const TlsServer server;
  ASSERT_TRUE(server.serves());
  EXPECT_EQ(error_of(post_to(server.url())).kind, base::ErrorKind::tls) << "unknown authority";
  Target access;
  access.ca_file = server.certificate();
  Outgoing get = post_to(server.url(), access);
  get.method = Outgoing::Method::get;
  const auto reply = sent(std::move(get));
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->status, 200);
}

TEST(HttpSender, SendsMails) {
  const MailSink sink;
  const auto reply = sent(mail_to(sink.url(), {"a@example.org", "b@example.org"}));
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->status / 100, 2);
  EXPECT_EQ(reply->body, "");
  ASSERT_EQ(sink.mails().size(), 1U);
  const MailSink::Mail mail = sink.mails()[0];
  EXPECT_TRUE(mail.from.starts_with("<auditor@example.org>")) << mail.from;
  EXPECT_EQ(mail.to, (std::vector<std::string>{"<a@example.org>", "<b@example.org>"}));
  EXPECT_EQ(mail.content, "Subject: x\r\n\r\n..a line with a dot") << "the dot is doubled";
}

TEST(HttpSender, AnAddressThatIsGoneKeepsNoMailFromTheOthers) {
  const MailSink sink;
  const auto some = sent(mail_to(sink.url(), {"gone@example.org", "b@example.org"}));
  ASSERT_TRUE(some) << some.error().message;
  EXPECT_EQ(some->status / 100, 2);
  EXPECT_NE(some->body.find("550 no such mailbox"), std::string::npos) << some->body;
  const auto none = sent(mail_to(sink.url(), {"gone@example.org"}));
  ASSERT_TRUE(none) << none.error().message;
  EXPECT_EQ(none->status, 550);
  EXPECT_EQ(sink.mails().size(), 1U);
}

TEST(HttpSender, GivesTheRefusalOfAMailServer) {
  for (const int status : {451, 554}) {
    const MailSink sink(fmt::format("{} not now", status));
    const auto reply = sent(mail_to(sink.url(), {"a@example.org"}));
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->status, status);
    EXPECT_NE(reply->body.find("not now"), std::string::npos) << reply->body;
  }
}

TEST(HttpSender, NamesNoMoreOfAUrlThanItsOrigin) {
  EXPECT_EQ(origin_of("https://user:pass@hooks.example.org:8443/a/b?c#d"),
            "https://hooks.example.org:8443");
  EXPECT_EQ(origin_of("http://h?q@x"), "http://h");
  EXPECT_EQ(origin_of("smtp://[::1]:25"), "smtp://[::1]:25");
  EXPECT_EQ(origin_of("secret"), "(a URL without a scheme)");
}

}  // namespace
}  // namespace auditor::http
