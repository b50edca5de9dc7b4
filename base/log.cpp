#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>

namespace auditor::base {

void set_up_log(LogLevel level) {
  auto logger = spdlog::stderr_logger_st("auditor");
  logger->set_pattern("%l: %v");
  switch (level) {
    case LogLevel::quiet:
      logger->set_level(spdlog::level::err);
      break;
    case LogLevel::normal:
      logger->set_level(spdlog::level::warn);
      break;
    case LogLevel::verbose:
      logger->set_level(spdlog::level::debug);
      break;
  }
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace auditor::base
