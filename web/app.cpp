#include "web/app.h"

#include <exception>
#include <utility>

#include "base/log.h"
#include "web/respond.h"
#include "web/routes.h"

namespace auditor::web {

App::App(const model::WebSettings& settings, const Board& board, Commands& commands,
         OpenReader open_reader, std::function<base::Timestamp()> now)
    : board_(&board),
      commands_(&commands),
      readers_(std::move(open_reader)),
      now_(std::move(now)),
      guard_(std::make_shared<const Guard>(settings)) {}

void App::reload(const model::WebSettings& settings) {
  auto guard = std::make_shared<const Guard>(settings);
  const std::scoped_lock lock(mutex_);
  guard_ = std::move(guard);
}

Answer App::answer(const Request& request) {
  std::shared_ptr<const Guard> guard;
  {
    const std::scoped_lock lock(mutex_);
    guard = guard_;
  }
  if (auto problem = guard->refuses(request)) {
    return tl::unexpected(*std::move(problem));
  }
  auto found = find_route(request);
  if (!found) {
    return tl::unexpected(std::move(found.error()));
  }
  return found->route->handler(
      {request, std::move(found->captures), *board_, *commands_, readers_, now_()});
}

Response App::respond(const Request& request) {
  Response response;
  try {
    auto given = answer(request);
    response = given ? *std::move(given) : to_response(given.error());
    finish(request, response);
  } catch (const std::exception& error) {  // of a library: the client learns no more than that
    spdlog::error("{} {} failed: {}", request.method, request.target, error.what());
    response = to_response({500, "a bug of flink-auditd; its log says more", {}});
    finish(request, response);
  }
  return response;
}

}  // namespace auditor::web
