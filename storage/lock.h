#pragma once

#include <string>

#include "base/result.h"

namespace auditor::storage {

/// Keeps a second daemon off a database: a lock on `<database>.lock`, which the kernel drops with
/// the process, however it ends. The file tells whose it is.
class Lock {
 public:
  /// Errors: `file`; where another process has it, with its pid, host and since when.
  static base::Result<Lock> take(const std::string& database);

  ~Lock();
  Lock(Lock&& other) noexcept;
  Lock& operator=(Lock&&) = delete;

 private:
  explicit Lock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace auditor::storage
