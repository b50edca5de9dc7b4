#include "http/client.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "http/admission.h"
#include "http/base_urls.h"
#include "http/curl.h"
#include "http/event_loop.h"
#include "http/transfer.h"

namespace auditor::http {
namespace {

// Flink answers within milliseconds; who takes longer than this must not hold up the others.
constexpr std::chrono::milliseconds slow{1'000};

}  // namespace

class Client::Impl {
 public:
  explicit Impl(const ClientLimits& limits)
      : multi_(loop_.ready() ? make_multi(limits.kept_connections) : nullptr),
        admission_(std::max<std::size_t>(limits.in_flight, 1)) {
    if (multi_) loop_.attach(multi_.get());
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  ~Impl() {
    // curl wants every handle out of the loop before either is freed.
    for (const auto& [handle, running] : running_) curl_multi_remove_handle(multi_.get(), handle);
  }

  void get(std::shared_ptr<const Target> target, std::string path, Done done) {
    const Target& to = *target;
    admission_.push(
        to.base_url, std::max<std::size_t>(to.limits.in_flight, 1),
        std::make_unique<Transfer>(std::move(target), std::move(path), std::move(done)));
  }

  void keep_connections(std::size_t count) { http::keep_connections(multi_.get(), count); }

  [[nodiscard]] std::size_t pending() const { return admission_.pending(); }
  [[nodiscard]] std::size_t room() const { return admission_.room(); }
  [[nodiscard]] std::size_t in_flight() const { return admission_.in_flight(); }
  void wake() { loop_.wake(); }

  void poll(std::chrono::milliseconds wait) {
    let_slow_ones_yield();
    start_admitted();
    loop_.turn(wait);
    take_ended();
  }

 private:
  using Waiting = std::unique_ptr<Transfer>;
  using Clock = std::chrono::steady_clock;

  using Lane = Admission<Waiting>::Lane;

  struct Running {
    Waiting transfer;
    Lane* lane = nullptr;
    std::uint64_t number = 0;
    bool yielded = false;
  };

  struct Ended {
    CURL* handle;
    CURLcode code;
  };

  struct Started {
    Clock::time_point at;
    CURL* handle;
    std::uint64_t number;  // handles are used again
  };

  void let_slow_ones_yield() {
    const Clock::time_point before = Clock::now() - slow;
    for (; !started_.empty() && started_.front().at < before; started_.pop_front()) {
      const auto found = running_.find(started_.front().handle);
      if (found != running_.end() && found->second.number == started_.front().number) {
        found->second.yielded = admission_.yield();
      }
    }
  }

  void start_admitted() {
    while (auto next = admission_.next()) {
      Transfer& transfer = *next->request;
      Idle idle = take_handle();
      transfer.keep_headers(std::move(idle.headers));
      auto prepared = transfer.prepare(std::move(idle.handle), idle.served.get(),
                                       base_urls_.of(transfer.shared_target()), loop_);
      if (prepared && curl_multi_add_handle(multi_.get(), transfer.handle()) != CURLM_OK) {
        prepared = base::fail(base::ErrorKind::internal,
                              transfer.where() + ": libcurl refuses the request");
      }
      if (prepared) {
        started_.push_back({Clock::now(), transfer.handle(), ++number_});
        running_.emplace(transfer.handle(),
                         Running{std::move(next->request), next->lane, number_, false});
      } else {
        Outcome outcome;
        outcome.response = tl::unexpected(prepared.error());
        finish({std::move(next->request), next->lane, 0, false}, std::move(outcome));
      }
    }
  }

  void take_ended() {
    std::vector<Ended> all;
    int left = 0;
    // All of them first: curl goes through its unread messages whenever a handle leaves.
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg == CURLMSG_DONE) all.push_back({message->easy_handle, message->data.result});
    }
    if (all.empty()) return;
    for (const auto& [handle, code] : all) {
      const auto found = running_.find(handle);
      if (found == running_.end()) continue;
      Running ended = std::move(found->second);
      running_.erase(found);
      curl_multi_remove_handle(multi_.get(), handle);
      Outcome outcome = ended.transfer->outcome(code);
      finish(std::move(ended), std::move(outcome));
    }
    // What waited for the room that was made need not wait for the next call.
    start_admitted();
  }

  void finish(Running ended, Outcome outcome) {
    admission_.finished(ended.lane, ended.yielded);
    if (EasyHandle handle = ended.transfer->release_handle()) {
      // What the handle refers to goes with the transfer.
      curl_easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, static_cast<char*>(nullptr));
      curl_easy_setopt(handle.get(), CURLOPT_CURLU, static_cast<CURLU*>(nullptr));
      idle_.push_back({std::move(handle), ended.transfer->release_headers(),
                       ended.number == 0 ? nullptr : ended.transfer->shared_target()});
    }
    const Done done = ended.transfer->release_done();
    outcome.path = ended.transfer->release_path();
    ended.transfer.reset();
    if (done) done(std::move(outcome));
  }

  /// A handle with the options of the target that it served last.
  struct Idle {
    EasyHandle handle;
    HeaderList headers;                    // the handle refers to them
    std::shared_ptr<const Target> served;  // nullptr: options are not set
  };

  Idle take_handle() {
    if (idle_.empty()) return {EasyHandle(curl_easy_init()), {}, nullptr};
    Idle idle = std::move(idle_.back());
    idle_.pop_back();
    return idle;
  }

  EventLoop loop_;
  BaseUrls base_urls_;  // the handles of the transfers under way refer to them
  MultiHandle multi_;
  std::vector<Idle> idle_;  // at most as many as were ever in flight
  Admission<Waiting> admission_;
  std::unordered_map<CURL*, Running> running_;
  std::deque<Started> started_;  // the oldest first; may name transfers that have ended
  std::uint64_t number_ = 0;
};

Client::Client(const ClientLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
Client::~Client() = default;

void Client::get(std::shared_ptr<const Target> target, std::string path, Done done) {
  impl_->get(std::move(target), std::move(path), std::move(done));
}

void Client::keep_connections(std::size_t count) {
  impl_->keep_connections(count);
}

std::size_t Client::pending() const {
  return impl_->pending();
}

std::size_t Client::room() const {
  return impl_->room();
}

std::size_t Client::in_flight() const {
  return impl_->in_flight();
}

void Client::wake() {
  impl_->wake();
}

void Client::poll(std::chrono::milliseconds wait) {
  impl_->poll(wait);
}

}  // namespace auditor::http
