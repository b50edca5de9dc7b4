#include "http/client.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
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
    for (const auto& place : places_) {
      if (place->number != 0) curl_multi_remove_handle(multi_.get(), place->handle());
    }
  }

  void get(std::shared_ptr<const Target> target, std::string path, Done done) {
    const Target* const to = target.get();
    admission_.push(to, std::max<std::size_t>(to->limits.in_flight, 1),
                    {std::move(target), std::move(path), std::move(done)});
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
  using Clock = std::chrono::steady_clock;
  // By the target: as long as a lane has requests, they keep it.
  using Lanes = Admission<Request, const Target*>;

  /// A handle, and how its request stands.
  struct Place : Transfer {
    using Transfer::Transfer;

    Lanes::Lane* lane = nullptr;
    std::uint64_t number = 0;  // of the request in flight; 0: there is none
    bool yielded = false;
    Outcome came_to;  // that has ended, until it is told
  };

  struct Ended {
    Place* place;
    CURLcode code;
  };

  struct Started {
    Clock::time_point at;
    Place* place;
    std::uint64_t number;  // places are used again
  };

  void let_slow_ones_yield() {
    const Clock::time_point before = Clock::now() - slow;
    for (; !started_.empty() && started_.front().at < before; started_.pop_front()) {
      Place& place = *started_.front().place;
      if (place.number == started_.front().number) place.yielded = admission_.yield();
    }
  }

  void start_admitted() {
    while (auto next = admission_.next()) {
      Place& place = idle_place();
      place.lane = next->lane;
      place.yielded = false;
      const BaseUrl& base = base_urls_.of(next->request.target);
      auto prepared = place.prepare(std::move(next->request), base);
      if (prepared && curl_multi_add_handle(multi_.get(), place.handle()) != CURLM_OK) {
        prepared =
            base::fail(base::ErrorKind::internal, place.where() + ": libcurl refuses the request");
      }
      if (prepared) {
        place.number = ++number_;
        started_.push_back({Clock::now(), &place, place.number});
      } else {
        place.came_to = {};
        place.came_to.response = tl::unexpected(prepared.error());
        finish(place);
      }
    }
  }

  void take_ended() {
    ended_.clear();
    int left = 0;
    // All of them first: curl goes through its unread messages whenever a handle leaves.
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg == CURLMSG_DONE) {
        ended_.push_back(
            {static_cast<Place*>(Transfer::of(message->easy_handle)), message->data.result});
      }
    }
    if (ended_.empty()) return;
    // By steps over all: the code of one fits the processor's cache, that of all together does not.
    for (const auto& [place, code] : ended_) {
      curl_multi_remove_handle(multi_.get(), place->handle());
      place->came_to = place->outcome(code);
    }
    for (const Ended& ended : ended_) finish(*ended.place);
    // What waited for the room that was made need not wait for the next call.
    start_admitted();
  }

  void finish(Place& place) {
    admission_.finished(place.lane, place.yielded);
    place.number = 0;
    Request request = place.release_request();
    place.came_to.path = std::move(request.path);
    if (request.done) request.done(std::move(place.came_to));
    idle_.push_back(&place);
  }

  Place& idle_place() {
    if (idle_.empty()) return *places_.emplace_back(std::make_unique<Place>(loop_));
    Place& place = *idle_.back();
    idle_.pop_back();
    return place;
  }

  EventLoop loop_;
  BaseUrls base_urls_;  // the handles of the transfers under way refer to them
  MultiHandle multi_;
  std::vector<std::unique_ptr<Place>> places_;  // at most as many as were ever in flight
  std::vector<Place*> idle_;
  std::vector<Ended> ended_;  // within `take_ended`
  Lanes admission_;
  std::deque<Started> started_;  // the oldest first; may name requests that have ended
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
