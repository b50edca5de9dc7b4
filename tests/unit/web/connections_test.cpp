#include "web/connections.h"

#include <array>
#include <atomic>
#include <future>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace auditor::web {
namespace {

using Phase = Connections::Phase;
using namespace std::chrono_literals;

/// Two ends of a connection.
class Pair {
 public:
  Pair() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()), 0); }
  ~Pair() {
    close(ends_[0]);
    close(ends_[1]);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  [[nodiscard]] int ours() const { return ends_[0]; }
  [[nodiscard]] int theirs() const { return ends_[1]; }
  /// Whether our end was shut down.
  [[nodiscard]] bool ended() const {
    char byte = 0;
    return recv(ends_[1], &byte, 1, MSG_DONTWAIT) == 0;
  }

 private:
  std::array<int, 2> ends_{};
};

TEST(Connections, EvictWhoWaitedLongest) {
  Connections connections;
  const Pair first;
  const Pair second;
  const Pair busy;
  connections.add(busy.ours());
  connections.enter(busy.ours(), Phase::answering);
  connections.add(first.ours());
  connections.add(second.ours());
  connections.enter(first.ours(), Phase::reading);  // waits anew
  connections.evict();
  EXPECT_TRUE(second.ended());
  EXPECT_FALSE(first.ended());
  connections.evict();
  EXPECT_TRUE(first.ended());
  EXPECT_FALSE(busy.ended());
}

TEST(Connections, EvictTheNextThatIsDoneWhereAllAreBusy) {
  Connections connections;
  const Pair one;
  const Pair other;
  for (const Pair* pair : {&one, &other}) {
    connections.add(pair->ours());
    connections.enter(pair->ours(), Phase::answering);
  }
  connections.evict();
  connections.enter(one.ours(), Phase::writing);
  EXPECT_FALSE(one.ended());
  connections.enter(one.ours(), Phase::waiting);
  EXPECT_TRUE(one.ended());
  connections.remove(one.ours());  // now there is room
  connections.enter(other.ours(), Phase::waiting);
  EXPECT_FALSE(other.ended());
}

TEST(Connections, EndWhenTheServerStops) {
  Connections connections;
  const Pair idle;
  const Pair busy;
  connections.add(idle.ours());
  connections.add(busy.ours());
  connections.enter(busy.ours(), Phase::answering);
  connections.stop();
  EXPECT_TRUE(connections.stopping());
  EXPECT_TRUE(idle.ended());
  EXPECT_FALSE(busy.ended());
  connections.enter(busy.ours(), Phase::waiting);
  EXPECT_TRUE(busy.ended());
}

TEST(Slots, AreBounded) {
  Slots slots(1);
  EXPECT_TRUE(slots.take(0ms));
  EXPECT_FALSE(slots.take(1ms));
  auto waiting = std::async(std::launch::async, [&slots] { return slots.take(10s); });
  slots.give();
  EXPECT_TRUE(waiting.get());
}

TEST(ConnectionThreads, RunEachTaskAndAskForRoom) {
  std::atomic<int> ran = 0;
  std::atomic<int> asked = 0;
  std::promise<void> gate;
  const std::shared_future<void> open = gate.get_future().share();
  ConnectionThreads threads(2, [&] {
    if (++asked == 1) {
      gate.set_value();  // the third task finds both threads busy
    }
  });
  for (int i = 0; i < 20; ++i) {
    threads.run([&ran, open] {
      open.wait();
      ++ran;
    });
  }
  threads.stop();
  EXPECT_EQ(ran, 20);
  EXPECT_GE(asked, 1);
  threads.run([&ran] { ++ran; });
  threads.stop();
  EXPECT_EQ(ran, 21);
}

TEST(SendAll, GivesUpOnWhoTakesNothing) {
  const Pair pair;
  const std::string much(8'000'000, 'x');
  EXPECT_FALSE(send_all(pair.ours(), much, Clock::now() + 10s, 10ms));
  EXPECT_FALSE(send_all(pair.ours(), much, Clock::now(), 10s));
}

TEST(Receive, GivesUpAtTheDeadline) {
  const Pair pair;
  std::array<char, 8> buffer{};
  EXPECT_EQ(receive(pair.ours(), buffer.data(), buffer.size(), Clock::now() + 5ms), -1);
  EXPECT_EQ(send(pair.theirs(), "abc", 3, 0), 3);
  EXPECT_EQ(receive(pair.ours(), buffer.data(), buffer.size(), Clock::now() + 10s), 3);
  shutdown(pair.theirs(), SHUT_WR);
  EXPECT_EQ(receive(pair.ours(), buffer.data(), buffer.size(), Clock::now() + 10s), 0);
}

}  // namespace
}  // namespace auditor::web
