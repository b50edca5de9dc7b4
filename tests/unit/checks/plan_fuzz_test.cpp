#include <random>
#include <string>

#include <gtest/gtest.h>

#include "tests/fuzz/plan_target.h"
#include "tests/unit/support/files.h"

namespace auditor {
namespace {

/// A change as a fuzzer makes it: bytes flipped, doubled, cut or exchanged for pieces of the
/// grammar.
std::string mutate(std::string text, std::mt19937& random) {
  constexpr std::array<std::string_view, 12> pieces{" -> ",  " -&gt; ", "(",   ")",   "[",   ", ",
                                                    "<br/>", "+- ",     ":- ", ":  ", "   ", "\n"};
  for (auto changes = 1 + random() % 6; changes > 0; --changes) {
    const std::size_t at = text.empty() ? 0 : random() % text.size();
    switch (random() % 4) {
      case 0:
        text.insert(at, pieces.at(random() % pieces.size()));
        break;
      case 1:
        text.erase(at, random() % 8);
        break;
      case 2:
        text.insert(at, text.substr(text.size() / 2, random() % 64));
        break;
      default:
        if (!text.empty()) {
          text[at] = static_cast<char>(random());
        }
    }
  }
  return text;
}

/// `make fuzz` looks for more, and longer.
TEST(Plan, IsReadAsPromisedWhateverItHolds) {
  std::mt19937 random(11);
  std::size_t fed = 0;
  for (const auto& seed : testing::files(testing::source("tests/fuzz/seeds"), "")) {
    const std::string text = testing::read(seed);
    testing::feed_plan(text);
    for (int i = 0; i < 300; ++i) {
      testing::feed_plan(mutate(text, random));
      ++fed;
    }
  }
  EXPECT_GE(fed, 1'000U);
}

}  // namespace
}  // namespace auditor
