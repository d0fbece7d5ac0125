#include "entrepot/value/tensor.h"

#include <arrow/buffer.h>
#include <arrow/tensor.h>
#include <arrow/type.h>

#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;

TEST(ElementTypeTest, SpellingsComeBack) {
  for (const char* descr : {"|b1", "|i1", "<i8", ">u4", "<f2", "<f16", "<c16", "<M8[ns]",
                            "<m8[25s]", "<U5", "|S3", "|V7", "<M8"}) {
    EXPECT_EQ(ElementType::Parse(descr).value().ToString(), descr);
  }
  EXPECT_EQ(ElementType::Parse("<U5").value().size_bytes(), 20);
}

TEST(ElementTypeTest, RefusesOtherSpellings) {
  for (const char* descr : {"", "f8", "<f", "<q8", "<f8[ns]", "<M8[", "<f-1", "<f8x"}) {
    EXPECT_THAT(ElementType::Parse(descr), FailsWith(ErrorCode::kInvalid)) << descr;
  }
  EXPECT_THAT(ElementType::Parse("|O8"), FailsWith(ErrorCode::kUnsupported));
}

TEST(ElementTypeTest, RefusesSizesAndUnitsThatNumpyHasNot) {
  for (const char* descr : {"|b2", "<i3", "<u16", "<f1", "<c4", "<M4[ns]", "<m8[]",
                            "<M8[ns/10]", "<M8[5]", "<M8[']", "<M8[x]"}) {
    EXPECT_THAT(ElementType::Parse(descr), FailsWith(ErrorCode::kInvalid)) << descr;
  }
}

TEST(TensorTest, ElementsComeBack) {
  const std::vector<double> elements = {1, 2, 3, 4, 5, 6};
  const Tensor tensor = Tensor::FromElements(std::span(elements), {2, 3}).value();
  EXPECT_THAT(tensor.Elements<double>().value(), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(tensor.Elements<float>(),
              FailsWith(ErrorCode::kInvalid, HasSubstr("'<f8', not '<f4'")));
}

TEST(TensorTest, RefusesABufferThatDoesNotFit) {
  const std::vector<double> elements = {1, 2, 3};
  EXPECT_THAT(Tensor::FromElements(std::span(elements), {2, 2}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("needs 32 bytes, not 24")));
  EXPECT_THAT(Tensor::FromElements(std::span(elements), {-1}),
              FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(Tensor::FromElements(std::span(elements), {1LL << 62, 8}),
              FailsWith(ErrorCode::kInvalid));
}

TEST(TensorTest, ArrowTensorsOfAnyStridesComeBackInOrder) {
  const std::vector<std::int32_t> elements = {0, 1, 2, 3, 4, 5, 6, 7};
  const auto buffer = arrow::Buffer::Wrap(elements);
  // Every second column of a 2 × 4 array.
  const arrow::Tensor strided(arrow::int32(), buffer, {2, 2}, {16, 8});
  EXPECT_THAT(Tensor::FromArrow(strided).value().Elements<std::int32_t>().value(),
              ElementsAre(0, 2, 4, 6));
  const arrow::Tensor fortran(arrow::int32(), buffer, {2, 4}, {4, 8});
  const Tensor ours = Tensor::FromArrow(fortran).value();
  EXPECT_EQ(ours.order(), MemoryOrder::kFortran);
  EXPECT_TRUE(ours.ToArrow().value()->Equals(fortran));
}

TEST(TensorTest, HasEmptyAndZeroDimensionalShapes) {
  EXPECT_EQ(
      Tensor::FromElements(std::span<const double>(), {0, 5}).value().num_elements(), 0);
  const std::vector<double> one = {1};
  EXPECT_EQ(Tensor::FromElements(std::span(one), {}).value().num_elements(), 1);
}

}  // namespace
}  // namespace entrepot
