#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/settings.h"
#include "web/board.h"
#include "web/commands.h"
#include "web/guard.h"
#include "web/http.h"
#include "web/problem.h"
#include "web/reader_pool.h"

namespace auditor::web {

/// What a handler works with.
struct Context {
  const Request& request;
  std::vector<std::string> captures;  ///< what the pattern's {…} stand for
  const Board& board;
  Commands& commands;
  ReaderPool& readers;
  base::Timestamp now{};
};

/// Answers requests: guard, route, handler, finish. Any thread may call it.
class App {
 public:
  App(const model::WebSettings& settings, const Board& board, Commands& commands,
      OpenReader open_reader, std::function<base::Timestamp()> now);

  /// Always an answer that is ready to send; never throws.
  Response respond(const Request& request);

  /// Takes other credentials and hosts.
  void reload(const model::WebSettings& settings);

 private:
  Answer answer(const Request& request);

  const Board* board_;
  Commands* commands_;
  ReaderPool readers_;
  std::function<base::Timestamp()> now_;
  std::mutex mutex_;
  std::shared_ptr<const Guard> guard_;
};

}  // namespace auditor::web
