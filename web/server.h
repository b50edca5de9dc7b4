#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "model/settings.h"
#include "web/board.h"
#include "web/commands.h"
#include "web/reader_pool.h"

namespace auditor::web {

/// The HTTP server: `/api/v1`, `/metrics`, `/-/healthy`, `/-/ready`, `/-/reload`, and the page's
/// place. Speaks plain HTTP; threads of its own.
class Server {
 public:
  struct World {
    const Board* board = nullptr;
    Commands* commands = nullptr;
    std::string database;                  ///< path, for `storage::Reader::open`
    std::function<base::Timestamp()> now;  ///< the wall clock
    /// Opens readers in place of `storage::Reader::open(database)`, as tests do. At most
    /// `settings.threads` are open; one thread at a time has each.
    OpenReader open_reader = nullptr;
  };

  /// Binds and begins to serve. `settings.listen` is "host:port"; port 0 takes a free one. Errors:
  /// `configuration`, as where the port is taken.
  static base::Result<std::unique_ptr<Server>> start(const model::WebSettings& settings,
                                                     const World& world);

  virtual ~Server() = default;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Where it listens: "http://127.0.0.1:8484".
  [[nodiscard]] virtual std::string url() const = 0;

  /// Takes other credentials and hosts; the address stays.
  virtual void reload(const model::WebSettings& settings) = 0;

  /// Refuses new connections, finishes what is under way, and joins its threads: at most 2 s.
  virtual void stop() = 0;

 protected:
  Server() = default;
};

}  // namespace auditor::web
