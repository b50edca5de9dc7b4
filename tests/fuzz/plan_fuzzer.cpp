#include <cstddef>
#include <cstdint>

#include "tests/fuzz/plan_target.h"

/// libFuzzer's entry: `make fuzz`.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auditor::testing::feed_plan({reinterpret_cast<const char*>(data), size});
  return 0;
}
