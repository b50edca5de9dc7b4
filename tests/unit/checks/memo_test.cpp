#include "checks/memo.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace auditor::checks {
namespace {

TEST(Memo, KeepsOneOfEachType) {
  Memo memo;
  EXPECT_EQ(memo.find<std::string>(), nullptr);
  const base::Timestamp until{std::chrono::hours(1)};
  const auto numbers = std::make_shared<const std::vector<int>>(std::vector<int>{1, 2, 3});
  memo.keep<std::vector<int>>(numbers, model::Resource::job, until);
  memo.keep<std::string>(std::make_shared<const std::string>("a text"), model::Resource::none,
                         base::Timestamp::max());
  ASSERT_NE(memo.find<std::vector<int>>(), nullptr);
  EXPECT_EQ(memo.find<std::vector<int>>()->value, numbers);
  EXPECT_EQ(memo.find<std::vector<int>>()->reads, model::Resource::job);
  EXPECT_EQ(memo.find<std::vector<int>>()->holds_until, until);
  ASSERT_NE(memo.find<std::string>(), nullptr);
  EXPECT_EQ(*static_cast<const std::string*>(memo.find<std::string>()->value.get()), "a text");
  memo.clear();
  EXPECT_EQ(memo.find<std::vector<int>>(), nullptr);
}

TEST(Memo, ForgetsWhatNobodyAsksForAgain) {
  Memo memo;
  const auto keep = [&memo]<class T>(T value) -> Memo::Made& {
    return memo.keep<T>(std::make_shared<const T>(std::move(value)), model::Resource::job,
                        base::Timestamp::max());
  };
  keep(std::string("of the job alone")).asked = true;
  memo.note(model::Resource::job);
  keep(1).asked = true;
  memo.note(model::Resource::job | model::Resource::checkpoints);
  memo.note(model::Resource::exceptions);  // whoever read these asked for nothing
  memo.drop_settled(model::Resource::job);
  EXPECT_EQ(memo.find<std::string>(), nullptr);
  ASSERT_NE(memo.find<int>(), nullptr);
  EXPECT_EQ(memo.find<int>()->read_beside, model::Resource::job | model::Resource::checkpoints);
}

}  // namespace
}  // namespace auditor::checks
