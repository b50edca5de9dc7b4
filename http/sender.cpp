#include "http/sender.h"

#include <unordered_map>
#include <utility>

#include "http/curl.h"
#include "http/event_loop.h"
#include "http/outgoing.h"

namespace auditor::http {

namespace {

// Receivers are few; each is told something now and then.
constexpr std::size_t kept_connections = 16;

}  // namespace

class Sender::Impl {
 public:
  Impl() : multi_(loop_.ready() ? make_multi(kept_connections) : nullptr) {
    if (multi_) loop_.attach(multi_.get());
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  ~Impl() {
    // curl wants every handle out of the loop before either is freed.
    for (const auto& [handle, transfer] : running_) curl_multi_remove_handle(multi_.get(), handle);
  }

  void send(Outgoing outgoing, Done done) {
    waiting_.push_back(std::make_unique<OutgoingTransfer>(std::move(outgoing), std::move(done)));
  }

  void wake() { loop_.wake(); }

  void poll(std::chrono::milliseconds wait) {
    const bool failed = start();
    loop_.turn(failed ? std::chrono::milliseconds(0) : wait);
    take_ended();
    start();
  }

 private:
  using Running = std::unique_ptr<OutgoingTransfer>;

  /// True where one could not begin.
  bool start() {
    bool failed = false;
    // What fails may send more.
    for (Running& transfer : std::exchange(waiting_, {})) {
      auto prepared = multi_ ? transfer->prepare(loop_)
                             : base::fail(base::ErrorKind::internal, "no descriptors to send with");
      if (prepared && curl_multi_add_handle(multi_.get(), transfer->handle()) != CURLM_OK) {
        prepared = base::fail(base::ErrorKind::internal, "libcurl refuses the request");
      }
      if (prepared) {
        CURL* const handle = transfer->handle();
        running_.emplace(handle, std::move(transfer));
      } else {
        failed = true;
        transfer->release_done()(tl::unexpected(prepared.error()));
      }
    }
    return failed;
  }

  void take_ended() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      const auto found = running_.find(message->easy_handle);
      if (found == running_.end()) continue;
      const Running ended = std::move(found->second);
      running_.erase(found);
      curl_multi_remove_handle(multi_.get(), ended->handle());
      ended->release_done()(ended->reply(code));
    }
  }

  EventLoop loop_;
  MultiHandle multi_;
  std::vector<Running> waiting_;
  std::unordered_map<CURL*, Running> running_;
};

Sender::Sender() : impl_(std::make_unique<Impl>()) {}
Sender::~Sender() = default;

void Sender::send(Outgoing outgoing, Done done) {
  impl_->send(std::move(outgoing), std::move(done));
}

void Sender::wake() {
  impl_->wake();
}

void Sender::poll(std::chrono::milliseconds wait) {
  impl_->poll(wait);
}

}  // namespace auditor::http
