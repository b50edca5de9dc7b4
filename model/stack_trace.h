#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Java stack traces as Flink gives them: what tells one cause of failures from another.
namespace auditor::model {

/// The deepest cause of a failure.
struct Cause {
  std::string title;        ///< class and message as thrown, one line; secrets in URLs masked
  std::string fingerprint;  ///< 32 hex digits; empty for an empty trace
  friend bool operator==(const Cause&, const Cause&) = default;
};

/// The deepest "Caused by" of a stack trace, and its fingerprint: the same over restarts, subtasks,
/// clusters and releases of the job and of Flink. It is made of
/// - the exception's class;
/// - its message with what varies taken out (`normalized`);
/// - the first frames in code that is neither the JDK's nor Flink's (else the first of any),
///   without line numbers: those move with each release of the code while the cause stays. An
///   OutOfMemoryError has none: it strikes wherever memory happens to run out.
Cause cause_of(std::string_view stack_trace);

/// A message without what differs between two occurrences of one cause: words with digits (ids,
/// attempts, ports, times, sizes, hexadecimal), paths, URLs, quoted text, and what is in brackets
/// become "#".
std::string normalized(std::string_view message);

/// The stack trace without most of its frames, in at most `limit` bytes: each exception of the
/// chain with its message and its first frames. The first and the deepest are always there.
std::string condensed(std::string_view stack_trace, std::size_t limit = 2048);

}  // namespace auditor::model
