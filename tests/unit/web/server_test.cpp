#include "web/server.h"

#include <gtest/gtest.h>

#include "tests/unit/web/socket.h"
#include "tests/unit/web/world.h"

namespace auditor::web {
namespace {

using testing::ask;
using testing::Client;
using testing::WebWorld;

class ServerTest : public ::testing::Test {
 protected:
  void start(model::WebSettings settings = {}) {
    settings.listen = "127.0.0.1:0";
    auto started =
        Server::start(settings, {&world.board, &world.commands, "", [] { return testing::noon; },
                                 [this]() -> base::Result<std::unique_ptr<storage::Reader>> {
                                   return std::make_unique<testing::MemoryReader>(world.rows);
                                 }});
    ASSERT_TRUE(started) << started.error().message;
    server = *std::move(started);
    port = testing::port_of(server->url());
  }
  void TearDown() override {
    if (server) {
      server->stop();
    }
  }

  WebWorld world;
  std::unique_ptr<Server> server;
  int port = 0;
};

TEST_F(ServerTest, Answers) {
  start();
  const auto answer = ask(port, "GET /api/v1/clusters HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-type"), "application/json");
  EXPECT_EQ(nlohmann::json::parse(answer.body)["total"], 2);
  EXPECT_EQ(ask(port, "GET /-/healthy HTTP/1.0\r\n\r\n").status, 421);  // no host at all
  EXPECT_EQ(ask(port, "GET /-/ready HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n").body, "ready\n");
}

}  // namespace
}  // namespace auditor::web
