#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "storage/reader.h"
#include "web/problem.h"

namespace auditor::web {

/// Opens a reader of the database.
using OpenReader = std::function<base::Result<std::unique_ptr<storage::Reader>>()>;

/// Readers for the threads that answer: one thread at a time has each. There are never more than
/// answers under way.
class ReaderPool {
 public:
  explicit ReaderPool(OpenReader open) : open_(std::move(open)) {}

  /// What `read(storage::Reader&)`, a `base::Result`, gives; its error as a problem. A reader that
  /// failed is thrown away: the next call opens the database anew.
  template <class Read>
  auto read(Read read)
      -> tl::expected<typename decltype(read(std::declval<storage::Reader&>()))::value_type,
                      Problem> {
    auto reader = take();
    if (!reader) {
      return tl::unexpected(problem_of(reader.error()));
    }
    auto result = read(**reader);
    if (result || result.error().kind == base::ErrorKind::usage) {
      give_back(*std::move(reader));
    }
    if (!result) {
      return tl::unexpected(problem_of(result.error()));
    }
    return *std::move(result);
  }

 private:
  base::Result<std::unique_ptr<storage::Reader>> take();
  void give_back(std::unique_ptr<storage::Reader> reader);

  OpenReader open_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<storage::Reader>> idle_;
};

}  // namespace auditor::web
