#include "web/server.h"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/gzip.h"
#include "tests/unit/web/socket.h"
#include "tests/unit/web/world.h"

namespace auditor::web {
namespace {

using testing::ask;
using testing::Client;
using testing::Reply;
using testing::WebWorld;

/// A real server on loopback. What follows are the pitfalls of the library, and clients without
/// manners (design/dependencies.md, 3.3).
class ServerTest : public ::testing::Test {
 protected:
  void start(model::WebSettings settings = testing::with_credentials()) {
    settings.listen = "127.0.0.1:0";
    settings.threads = 2;
    auto started = Server::start(settings, world_of_server());
    ASSERT_TRUE(started) << started.error().message;
    server = *std::move(started);
    port = testing::port_of(server->url());
  }

  Server::World world_of_server() {
    return {&world.board, &world.commands, "", [] { return testing::noon; },
            [this]() -> base::Result<std::unique_ptr<storage::Reader>> {
              return std::make_unique<testing::MemoryReader>(world.rows);
            }};
  }

  void TearDown() override {
    if (server) {
      server->stop();
    }
  }

  /// A report of about `size` bytes on the cluster "big".
  void put_big_report(std::size_t size) {
    auto report = std::make_shared<model::AuditReport>(testing::report_of_tests());
    std::vector<model::Verdict> results(report->results.begin(), report->results.end());
    for (std::size_t filled = 0; filled < size; filled += 1'000) {
      results.push_back(report->results[0]);
      results.back().message = std::string(400, 'x') + std::to_string(filled);
    }
    report->results = std::move(results);
    ClusterStatus status;
    status.name = "big";
    world.board.put({.status = status, .report = std::move(report)});
  }

  WebWorld world;
  std::unique_ptr<Server> server;
  int port = 0;
};

constexpr std::string_view get_clusters_request =
    "GET /api/v1/clusters HTTP/1.1\r\nHost: localhost\r\n\r\n";
constexpr std::string_view get_healthy_request =
    "GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n";

TEST_F(ServerTest, Answers) {
  start();
  const Reply reply = ask(port, get_clusters_request);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("content-type"), "application/json");
  EXPECT_EQ(reply.header("date"), "Mon, 21 Sep 2026 14:13:20 GMT");
  EXPECT_EQ(nlohmann::json::parse(reply.body)["total"], 2);
  EXPECT_EQ(ask(port, "GET /-/ready HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n").body, "ready\n");
}

TEST_F(ServerTest, KeepsConnectionsForMoreRequests) {
  start();
  Client client(port);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.send(get_clusters_request));
    EXPECT_EQ(client.receive().status, 200);
  }
  // Two requests in one packet are two requests.
  ASSERT_TRUE(client.send(std::string(get_healthy_request) + std::string(get_clusters_request)));
  EXPECT_EQ(client.receive().body, "flink-auditd lives\n");
  EXPECT_EQ(client.receive().header("content-type"), "application/json");
}

TEST_F(ServerTest, EndsAConnectionWhenAsked) {
  start();
  Client client(port);
  client.send("GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.receive().header("connection"), "close");
  EXPECT_TRUE(client.closed());
  Client old(port);
  old.send("GET /-/healthy HTTP/1.0\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(old.receive().status, 200);
  EXPECT_TRUE(old.closed());
}

TEST_F(ServerTest, EndsAConnectionAfterAHundredRequests) {
  start();
  Client client(port);
  for (int i = 1; i <= 100; ++i) {
    ASSERT_TRUE(client.send(get_healthy_request));
    ASSERT_EQ(client.receive().header("connection"), i == 100 ? "close" : "") << i;
  }
  EXPECT_TRUE(client.closed());
}

TEST_F(ServerTest, AnswersHeadWithoutABody) {
  start();
  Client client(port);
  client.send("HEAD /api/v1/clusters HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const Reply head = client.receive(true);
  client.send(get_clusters_request);
  const Reply whole = client.receive();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), std::to_string(whole.body.size()));
  EXPECT_EQ(head.header("etag"), whole.header("etag"));
}

TEST_F(ServerTest, AnswersNothingNewWithoutABody) {
  start();
  const std::string etag = ask(port, get_clusters_request).header("etag");
  Client client(port);
  client.send("GET /api/v1/clusters HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: " + etag +
              "\r\n\r\n");
  const Reply reply = client.receive();
  EXPECT_EQ(reply.status, 304);
  EXPECT_EQ(reply.header("content-length"), "");
  EXPECT_EQ(reply.header("etag"), etag);
  client.send(get_healthy_request);
  EXPECT_EQ(client.receive().status, 200);
}

// Item 1: brotli at its slowest, and two codings over each other.

TEST_F(ServerTest, CompressesWithGzipAlone) {
  start();
  put_big_report(200'000);
  const std::string path = "GET /api/v1/clusters/big/report HTTP/1.1\r\nHost: localhost\r\n";
  const Reply plain = ask(port, path + "\r\n");
  ASSERT_GT(plain.body.size(), 200'000);
  const Reply brotli = ask(port, path + "Accept-Encoding: br\r\n\r\n");
  EXPECT_EQ(brotli.header("content-encoding"), "");
  EXPECT_EQ(brotli.body, plain.body);
  const Reply both = ask(port, path + "Accept-Encoding: br, gzip\r\n\r\n");
  EXPECT_EQ(both.header("content-encoding"), "gzip");
  EXPECT_LT(both.body.size(), plain.body.size() / 4);
  const auto unpacked = base::gunzip(both.body, base::mebibytes(64));
  ASSERT_TRUE(unpacked);
  EXPECT_EQ(*unpacked, plain.body);
}

// Item 2: bodies without a bound.

TEST_F(ServerTest, RefusesChunks) {
  start();
  Client client(port);
  client.send(
      "POST /-/reload HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n0\r\n\r\n");
  EXPECT_EQ(client.receive().status, 411);
  EXPECT_TRUE(client.closed());
  EXPECT_TRUE(world.commands.calls.empty());
}

TEST_F(ServerTest, RefusesALargeBodyBeforeReadingIt) {
  start();
  Client client(port);
  client.send("POST /-/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65537\r\n\r\n");
  EXPECT_EQ(client.receive().status, 413);
  EXPECT_TRUE(client.closed());
}

TEST_F(ServerTest, RefusesARequestThatMayBeTwo) {
  start();
  for (const std::string_view headers :
       {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: identity\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n", "Content-Length: 5, 5\r\n",
        "Content-Length: +5\r\n", "Content-Length: 0x5\r\n", "Content-Length: -1\r\n",
        "Content-Length:\r\n", "Content-Length : 5\r\n", "X: a\r\n Content-Length: 5\r\n",
        "X: a\nContent-Length: 5\r\n", "X: a\rContent-Length: 5\r\n"}) {
    Client client(port);
    client.send("POST /-/reload HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
                std::string(testing::token) + "\r\n" + std::string(headers) +
                "\r\nhelloGET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const Reply reply = client.receive();
    EXPECT_TRUE(reply.status == 400 || reply.status == 411) << headers << reply.status;
    EXPECT_TRUE(client.closed()) << headers;
  }
  EXPECT_TRUE(world.commands.calls.empty());
}

TEST_F(ServerTest, RefusesABodyOfAGet) {
  start();
  Client client(port);
  client.send("GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(client.receive().status, 400);
  EXPECT_TRUE(client.closed());
}

// Item 3: range bombs.

TEST_F(ServerTest, IgnoresRanges) {
  start();
  std::string bomb = "GET /api/v1/clusters HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-";
  for (int i = 0; i < 2'000; ++i) {
    bomb += ",0-";
  }
  const Reply reply = ask(port, bomb + "\r\n\r\n");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, ask(port, get_clusters_request).body);
}

// Item 4: headers without a bound.

TEST_F(ServerTest, CutsAnEndlessHeaderLineOff) {
  start();
  Client client(port);
  client.send("GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nX: ");
  constexpr std::size_t bomb = std::size_t{64} << 20U;
  // What it takes is bounded by the sockets' buffers, not by the server.
  EXPECT_LT(client.flood(std::string(65'536, 'a'), bomb), bomb / 4);
}

TEST_F(ServerTest, CutsAnEndlessRequestLineOff) {
  start();
  Client client(port);
  client.send("GET /");
  constexpr std::size_t bomb = std::size_t{64} << 20U;
  EXPECT_LT(client.flood(std::string(65'536, 'a'), bomb), bomb / 4);
}

TEST_F(ServerTest, CutsEndlessHeaderLinesOff) {
  start();
  Client client(port);
  client.send("GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n");
  constexpr std::size_t bomb = std::size_t{64} << 20U;
  EXPECT_LT(client.flood("X: a\r\n", bomb), bomb / 4);
}

TEST_F(ServerTest, SaysWhyItCutsOff) {
  start();
  Client long_line(port);
  long_line.send("GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(40'000, 'a'));
  EXPECT_EQ(long_line.receive().status, 431);
  Client many_lines(port);
  std::string lines;
  for (int i = 0; i < 101; ++i) {
    lines += "X: a\r\n";
  }
  many_lines.send("GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n" + lines + "\r\n");
  EXPECT_EQ(many_lines.receive().status, 431);
  Client long_target(port);
  long_target.send("GET /" + std::string(10'000, 'a'));
  const Reply reply = long_target.receive();
  EXPECT_EQ(reply.status, 414);
  EXPECT_EQ(reply.header("content-type"), "application/problem+json");
}

// Item 5: two servers on one port.

TEST_F(ServerTest, RefusesAPortThatIsTaken) {
  start();
  model::WebSettings settings;
  settings.listen = "127.0.0.1:" + std::to_string(port);
  const auto second = Server::start(settings, world_of_server());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, base::ErrorKind::configuration);
  EXPECT_EQ(second.error().message,
            "cannot listen on " + settings.listen + ": Address already in use");
}

TEST_F(ServerTest, RefusesAnAddressThatIsNone) {
  for (const std::string_view listen : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                                        "127.0.0.1:-1", "127.0.0.1:80x", "no host:0"}) {
    model::WebSettings settings;
    settings.listen = listen;
    const auto none = Server::start(settings, world_of_server());
    ASSERT_FALSE(none) << listen;
    EXPECT_EQ(none.error().kind, base::ErrorKind::configuration);
  }
}

TEST_F(ServerTest, ListensOnEveryAddress) {
  model::WebSettings settings;
  settings.listen = ":0";
  auto started = Server::start(settings, world_of_server());
  ASSERT_TRUE(started) << started.error().message;
  server = *std::move(started);
  EXPECT_EQ(ask(testing::port_of(server->url()), get_healthy_request).status, 200);
}

TEST_F(ServerTest, MayBeStartedAgainOnItsPort) {
  start();
  EXPECT_EQ(ask(port, get_healthy_request).status, 200);
  server->stop();
  model::WebSettings settings;
  settings.listen = "127.0.0.1:" + std::to_string(port);
  const auto again = Server::start(settings, world_of_server());
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(ask(port, get_healthy_request).status, 200);
  (*again)->stop();
}

// Item 6: slow clients.

TEST_F(ServerTest, AnswersBesideIdleAndDrippingClients) {
  start();
  std::vector<std::unique_ptr<Client>> idle;
  for (int i = 0; i < 300; ++i) {  // far more than there are threads
    idle.push_back(std::make_unique<Client>(port));
    if (i % 2 == 0) {
      idle.back()->send("GET /-/healthy HTTP/1.1\r\nX: ");
    }
    if (i % 30 == 0) {
      EXPECT_EQ(ask(port, get_healthy_request).status, 200);
    }
  }
  std::atomic<bool> done = false;
  std::thread drip([&] {
    while (!done) {
      for (const auto& client : idle) {
        client->send("a");
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(ask(port, get_clusters_request).status, 200);
  }
  done = true;
  drip.join();
}

TEST_F(ServerTest, AnswersBesideClientsThatReadNothing) {
  start();
  // More than the sockets' buffers take.
  const auto stored = std::make_shared<std::string>(*base::gzip(std::string(4'000'000, 'x'), 1));
  ClusterStatus status;
  status.name = "big";
  world.board.put({.status = status, .report = nullptr, .stored_report = stored});
  std::vector<std::unique_ptr<Client>> deaf;
  for (int i = 0; i < 80; ++i) {
    deaf.push_back(std::make_unique<Client>(port));
    deaf.back()->send("GET /api/v1/clusters/big/report HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(ask(port, get_clusters_request).status, 200);
  }
}

TEST_F(ServerTest, AnswersManyClientsAtOnce) {
  start();
  std::atomic<int> good = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 16; ++i) {
    clients.emplace_back([&] {
      Client client(port);
      for (int request = 0; request < 20; ++request) {
        client.send(get_clusters_request);
        good += client.receive().status == 200 ? 1 : 0;
      }
    });
  }
  for (std::thread& client : clients) {
    client.join();
  }
  EXPECT_EQ(good, 16 * 20);
}

// Item 8: what went wrong inside is not the client's to know.

TEST_F(ServerTest, HidesExceptions) {
  model::WebSettings settings;
  settings.listen = "127.0.0.1:0";
  auto started =
      Server::start(settings, {&world.board, &world.commands, "", [] { return testing::noon; },
                               []() -> base::Result<std::unique_ptr<storage::Reader>> {
                                 throw std::runtime_error("secret detail");
                               }});
  ASSERT_TRUE(started);
  server = *std::move(started);
  port = testing::port_of(server->url());
  const Reply reply = ask(port, "GET /api/v1/findings HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.header("content-type"), "application/problem+json");
  EXPECT_EQ(reply.body.find("secret"), std::string::npos);
  for (const auto& [name, value] : reply.headers) {
    EXPECT_EQ(value.find("secret"), std::string::npos) << name;
  }
  EXPECT_EQ(ask(port, get_healthy_request).status, 200);
}

// Item 9: stop.

TEST_F(ServerTest, StopsThoughClientsLinger) {
  start();
  Client idle(port);
  Client kept(port);
  kept.send(get_healthy_request);
  EXPECT_EQ(kept.receive().status, 200);
  Client dripping(port);
  dripping.send("GET /");
  server->stop();
  EXPECT_TRUE(idle.closed());
  EXPECT_TRUE(kept.closed());
  EXPECT_TRUE(dripping.closed());
  server->stop();  // again: nothing happens
  EXPECT_EQ(ask(port, get_healthy_request).status, 0);
}

TEST_F(ServerTest, StopsAtOnceAfterStarting) {
  for (int i = 0; i < 20; ++i) {
    start();
    server->stop();
  }
}

// Item 11, and targets as attackers write them.

TEST_F(ServerTest, SetsNoHeaderFromWhatClientsSend) {
  start();
  const std::string head = "POST /api/v1/clusters/a%0d%0aX-Evil:%201/audit HTTP/1.1\r\n";
  const Reply reply = ask(port, head + "Host: localhost\r\nAuthorization: Bearer " +
                                    std::string(testing::token) + "\r\n\r\n");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.header("x-evil"), "");
}

TEST_F(ServerTest, RefusesWhatIsNoRequest) {
  start();
  for (const std::string_view head :
       {"GET /-/healthy\r\n", "GET  /-/healthy HTTP/1.1\r\n", "GET /-/healthy HTTP/1.1 \r\n",
        "GET /-/heal thy HTTP/1.1\r\n", "GET /-/healthy FTP/1.1\r\n", "GET -/healthy HTTP/1.1\r\n",
        "GET * HTTP/1.1\r\n", "CONNECT localhost:80 HTTP/1.1\r\n", "G\tET / HTTP/1.1\r\n",
        "GET /%zz HTTP/1.1\r\n", "GET /%0 HTTP/1.1\r\n", "GET /% HTTP/1.1\r\n",
        "GET /%00 HTTP/1.1\r\n", "GET /?q=%00 HTTP/1.1\r\n", "GET /?q=%ff HTTP/1.1\r\n",
        "GET /#a HTTP/1.1\r\n", "GET /\xc3\xa9 HTTP/1.1\r\n", "GET http:// HTTP/1.1\r\n",
        "GET http://me@localhost/ HTTP/1.1\r\n"}) {
    const Reply reply = ask(port, std::string(head) + "Host: localhost\r\n\r\n");
    EXPECT_EQ(reply.status, 400) << head;
    EXPECT_EQ(reply.header("content-type"), "application/problem+json") << head;
  }
  EXPECT_EQ(ask(port, "GET / HTTP/2.0\r\nHost: localhost\r\n\r\n").status, 505);
  EXPECT_EQ(ask(port, "GET / HTTP/1.1\r\n\r\n").status, 400);
  EXPECT_EQ(ask(port, "GET / HTTP/1.1\n\n").status, 400);
  EXPECT_EQ(ask(port, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").status, 400);
  EXPECT_EQ(ask(port, std::string_view("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 32)).status, 400);
  EXPECT_EQ(ask(port, std::string_view("\x16\x03\x01\x02\0\x01\0\x01\xfc\r\n\r\n", 13)).status,
            400);
}

TEST_F(ServerTest, LeavesTheDiskAlone) {
  start();
  for (const std::string_view path :
       {"/../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd",
        "/api/v1/checks/..%2F..%2FREADME", "/api/v1/../../metrics", "/metrics/",
        "/api/v1//clusters"}) {
    const Reply reply =
        ask(port, "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(reply.status, 404) << path;
    EXPECT_EQ(reply.body.find("root:"), std::string::npos);
  }
}

TEST_F(ServerTest, TakesTheAbsoluteForm) {
  start();
  EXPECT_EQ(ask(port, "GET http://localhost/-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n").status,
            200);
  // The target's host counts, not the header's.
  EXPECT_EQ(
      ask(port, "GET http://evil.example/-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n").status,
      421);
}

TEST_F(ServerTest, TakesOtherCredentialsWhileItRuns) {
  start();
  const std::string request =
      "POST /-/reload HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer other\r\n\r\n";
  EXPECT_EQ(ask(port, request).status, 401);
  model::WebSettings settings = testing::with_credentials();
  settings.bearer_token = "other";
  server->reload(settings);
  EXPECT_EQ(ask(port, request).status, 200);
}

}  // namespace
}  // namespace auditor::web
