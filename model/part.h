#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "base/shared_text.h"
#include "base/time.h"

namespace auditor::model {

/// A value that its copies share, or why there is none: a `base::Result` that costs nothing to
/// copy, for most of what one look sees is what the look before it saw.
template <class T>
class Shared {
 public:
  Shared() = default;  // not asked for
  // Implicit: it stands wherever a `base::Result` does.
  Shared(T value) : value_(std::make_shared<T>(std::move(value))) {}
  Shared(tl::unexpected<base::Error> error)
      : error_(std::make_shared<const base::Error>(std::move(error.value()))) {}
  Shared(base::Result<T> result) {
    if (result) {
      value_ = std::make_shared<T>(std::move(*result));
    } else {
      error_ = std::make_shared<const base::Error>(std::move(result.error()));
    }
  }

  [[nodiscard]] bool has_value() const { return value_ != nullptr; }
  explicit operator bool() const { return has_value(); }
  const T& operator*() const { return *value_; }
  const T* operator->() const { return value_.get(); }
  [[nodiscard]] const base::Error& error() const { return error_ ? *error_ : not_asked(); }

  /// The value, which must be there, to change it: one that is shared is copied first. Only for
  /// whoever makes a snapshot.
  [[nodiscard]] T& edit() {
    if (value_.use_count() > 1) {
      value_ = std::make_shared<T>(*value_);
    }
    return *value_;
  }

  /// Whether both are one value, or one error.
  [[nodiscard]] bool is(const Shared& other) const {
    return value_ == other.value_ && error_ == other.error_;
  }

 private:
  static const base::Error& not_asked() {
    static const base::Error error{base::ErrorKind::not_asked, "not asked for"};
    return error;
  }

  std::shared_ptr<T> value_;                  // nullptr: there is none
  std::shared_ptr<const base::Error> error_;  // nullptr: there is a value, or nobody asked
};

/// What the cluster said about one resource: a value or an `Error`, when it was observed, and the
/// REST path it came from.
template <class T>
struct Part {
  Shared<T> value;
  base::SharedText source;  ///< REST path, without the base URL
  base::Timestamp observed_at{};

  /// Equal in two looks at one cluster only if they saw the same. 0: nothing is known of that.
  std::uint64_t revision = 0;

  [[nodiscard]] bool known() const { return value.has_value(); }
};

}  // namespace auditor::model
