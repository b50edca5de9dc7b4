#include "web/reader_pool.h"

namespace auditor::web {

base::Result<std::unique_ptr<storage::Reader>> ReaderPool::take() {
  {
    const std::scoped_lock lock(mutex_);
    if (!idle_.empty()) {
      auto reader = std::move(idle_.back());
      idle_.pop_back();
      return reader;
    }
  }
  return open_ ? open_() : base::fail(base::ErrorKind::file, "there is no database");
}

void ReaderPool::give_back(std::unique_ptr<storage::Reader> reader) {
  const std::scoped_lock lock(mutex_);
  idle_.push_back(std::move(reader));
}

}  // namespace auditor::web
