#include "http/client.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "http/admission.h"
#include "http/curl.h"
#include "http/transfer.h"

namespace auditor::http {
namespace {

// Needs to happen once, before the first handle, while no other thread is in libcurl.
void start_curl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(code);
}

MultiHandle make_multi(const Limits& limits) {
  start_curl();
  MultiHandle multi(curl_multi_init());
  if (multi) {
    curl_multi_setopt(multi.get(), CURLMOPT_PIPELINING, long{CURLPIPE_NOTHING});
    // Without it curl keeps four idle connections for each handle that it has ever seen.
    curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(limits.in_flight));
  }
  return multi;
}

}  // namespace

class Client::Impl {
 public:
  explicit Impl(const Limits& limits)
      : limits_(limits),
        multi_(make_multi(limits)),
        admission_(std::max<std::size_t>(limits.in_flight_per_target, 1),
                   std::max<std::size_t>(limits.in_flight, 1)) {}

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  ~Impl() {
    // curl wants every handle out of the loop before either is freed.
    for (const auto& [handle, transfer] : running_) curl_multi_remove_handle(multi_.get(), handle);
  }

  void get(std::shared_ptr<const Target> target, const std::string& path, Done done) {
    const std::string key = target->base_url;
    admission_.push(key,
                    std::make_unique<Transfer>(limits_, std::move(target), path, std::move(done)));
  }

  [[nodiscard]] std::size_t pending() const { return admission_.pending(); }

  void poll(std::chrono::milliseconds wait) {
    start_admitted();
    if (advance()) return;
    curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(wait.count()), nullptr);
    advance();
  }

 private:
  using Waiting = std::unique_ptr<Transfer>;

  void start_admitted() {
    while (std::optional<Waiting> next = admission_.next()) {
      Transfer& transfer = **next;
      auto prepared = transfer.prepare(take_handle());
      if (prepared && curl_multi_add_handle(multi_.get(), transfer.handle()) != CURLM_OK) {
        prepared = base::fail(base::ErrorKind::internal,
                              transfer.where() + ": libcurl refuses the request");
      }
      if (prepared) {
        running_.emplace(transfer.handle(), std::move(*next));
      } else {
        Outcome outcome;
        outcome.response = tl::unexpected(prepared.error());
        finish(std::move(*next), std::move(outcome));
      }
    }
  }

  // Moves transfers on; true if any was done.
  bool advance() {
    int still_running = 0;
    curl_multi_perform(multi_.get(), &still_running);
    bool any = false;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      const auto found = running_.find(message->easy_handle);
      if (found == running_.end()) continue;
      Waiting transfer = std::move(found->second);
      running_.erase(found);
      curl_multi_remove_handle(multi_.get(), transfer->handle());
      Outcome outcome = transfer->outcome(code);
      finish(std::move(transfer), std::move(outcome));
      any = true;
    }
    // What waited for the room that was made need not wait for the next call.
    if (any) start_admitted();
    return any;
  }

  void finish(Waiting transfer, Outcome outcome) {
    admission_.finished(transfer->target().base_url);
    if (EasyHandle handle = transfer->release_handle()) idle_.push_back(std::move(handle));
    const Done done = transfer->release_done();
    transfer.reset();
    if (done) done(std::move(outcome));
  }

  EasyHandle take_handle() {
    if (idle_.empty()) return EasyHandle(curl_easy_init());
    EasyHandle handle = std::move(idle_.back());
    idle_.pop_back();
    return handle;
  }

  Limits limits_;
  MultiHandle multi_;
  std::vector<EasyHandle> idle_;  // at most as many as were ever in flight
  Admission<Waiting> admission_;
  std::unordered_map<CURL*, Waiting> running_;
};

Client::Client(const Limits& limits) : impl_(std::make_unique<Impl>(limits)) {}
Client::~Client() = default;

void Client::get(std::shared_ptr<const Target> target, const std::string& path, Done done) {
  impl_->get(std::move(target), path, std::move(done));
}

std::size_t Client::pending() const {
  return impl_->pending();
}

void Client::poll(std::chrono::milliseconds wait) {
  impl_->poll(wait);
}

}  // namespace auditor::http
