#include "model/part.h"

#include <string>

#include <gtest/gtest.h>

namespace auditor::model {
namespace {

TEST(Shared, IsNotAskedForUntilItIsSet) {
  const Part<std::string> part;
  EXPECT_FALSE(part.known());
  EXPECT_EQ(part.value.error().kind, base::ErrorKind::not_asked);
}

TEST(Shared, TakesWhatAResultHas) {
  const Shared<std::string> value = base::Result<std::string>("a");
  EXPECT_EQ(*value, "a");
  const Shared<std::string> error =
      base::Result<std::string>(base::fail(base::ErrorKind::timed_out, "late"));
  ASSERT_FALSE(error.has_value());
  EXPECT_EQ(error.error().message, "late");
}

TEST(Shared, CopiesAreOneValueUntilOneIsChanged) {
  const Shared<std::string> first = std::string("a");
  Shared<std::string> second = first;
  EXPECT_TRUE(second.is(first));
  second.edit() = "b";
  EXPECT_EQ(*first, "a");
  EXPECT_EQ(*second, "b");
  EXPECT_FALSE(second.is(first));
}

TEST(Shared, WhatNobodyElseHasIsChangedInPlace) {
  Shared<std::string> value = std::string("a");
  const std::string* const where = &*value;
  value.edit() += "b";
  EXPECT_EQ(&*value, where);
  EXPECT_EQ(*value, "ab");
}

TEST(Shared, EqualValuesThatWereMadeApartAreNotOne) {
  const Shared<std::string> value = std::string("a");
  EXPECT_FALSE(value.is(Shared<std::string>(std::string("a"))));
  const Shared<std::string> none;
  EXPECT_TRUE(none.is(Shared<std::string>()));
}

}  // namespace
}  // namespace auditor::model
