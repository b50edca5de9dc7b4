#include "base/log.h"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

namespace auditor::base {

namespace {

std::atomic<LogFormat> daemon_format = LogFormat::logfmt;
std::atomic<LogSeverity> daemon_level = LogSeverity::info;

/// One line in one write where the system allows: lines of several threads do not mix, and a crash
/// loses none.
void write_line(LogSeverity severity, std::string_view message, std::span<const LogField> fields) {
  static std::mutex mutex;
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const std::string line = format_log_line(daemon_format, now, severity, message, fields);
  std::string_view rest = line;
  const std::scoped_lock lock(mutex);
  while (!rest.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      return;  // there is nobody to tell
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

LogSeverity severity_of(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::critical:
    case spdlog::level::err:
      return LogSeverity::error;
    case spdlog::level::warn:
      return LogSeverity::warning;
    case spdlog::level::info:
      return LogSeverity::info;
    default:
      return LogSeverity::debug;
  }
}

spdlog::level::level_enum level_of(LogSeverity severity) {
  switch (severity) {
    case LogSeverity::error:
      return spdlog::level::err;
    case LogSeverity::warning:
      return spdlog::level::warn;
    case LogSeverity::info:
      return spdlog::level::info;
    case LogSeverity::debug:
      return spdlog::level::debug;
  }
  return spdlog::level::info;
}

/// What the rooms below say through spdlog, written as the daemon writes.
class DaemonSink : public spdlog::sinks::base_sink<std::mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    write_line(severity_of(message.level), {message.payload.data(), message.payload.size()}, {});
  }
  void flush_() override {}
};

}  // namespace

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

void set_up_daemon_log(LogFormat format, LogSeverity level) {
  // Made once: another thread may be using the logger when the settings change.
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("flink-auditd", std::make_shared<DaemonSink>());
    spdlog::set_default_logger(made);
    return made;
  }();
  daemon_format = format;
  daemon_level = level;
  logger->set_level(level_of(level));
}

void log(LogSeverity severity, std::string_view message, std::initializer_list<LogField> fields) {
  if (severity <= daemon_level.load()) {
    write_line(severity, message, fields);
  }
}

}  // namespace auditor::base
