#include "entrepot/codec/column_encoding_internal.h"

#include <cmath>

#include <arrow/builder.h>

#include "entrepot/codec/coding_for_test.h"

namespace entrepot {
namespace {

using parquet::Encoding;
using ::testing::ElementsAre;

constexpr std::int64_t kRows = 200'000;

std::uint64_t Random(std::int64_t i) {
  std::uint64_t z = static_cast<std::uint64_t>(i + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  return z ^ (z >> 31);
}

template <typename Builder, typename Make>
ColumnEncoding Choose(Make&& value_at, std::int64_t rows = kRows) {
  Builder builder;
  for (std::int64_t i = 0; i < rows; ++i) EXPECT_TRUE(builder.Append(value_at(i)).ok());
  const auto column =
      std::make_shared<arrow::ChunkedArray>(builder.Finish().ValueOrDie());
  return ChooseEncodings({column}, rows).at(0);
}

TEST(ColumnEncodingTest, FewDistinctValuesGetADictionary) {
  EXPECT_TRUE(Choose<arrow::Int64Builder>([](auto i) {
                return Random(i) % 500 << 40;
              }).dictionary);
  EXPECT_TRUE(Choose<arrow::DoubleBuilder>([](auto i) {
                return std::sqrt(Random(i) % 2000);
              }).dictionary);
  EXPECT_TRUE(Choose<arrow::StringBuilder>([](auto i) {
                return "city " + std::to_string(Random(i) % 5000);
              }).dictionary);
}

TEST(ColumnEncodingTest, CategoriesInLongRunsGetADictionary) {
  EXPECT_TRUE(Choose<arrow::StringBuilder>([](auto i) {
                return "the category " + std::to_string(i / 1000);
              }).dictionary);
}

TEST(ColumnEncodingTest, RowNumbersAndTimesAreKeptAsDifferences) {
  const ColumnEncoding deltas = {.dictionary = false,
                                 .otherwise = Encoding::DELTA_BINARY_PACKED};
  EXPECT_EQ(Choose<arrow::Int64Builder>([](auto i) { return i; }), deltas);
  EXPECT_EQ(Choose<arrow::Int64Builder>([](auto i) {
              return 1'700'000'000'000 + i * 1000 +
                     static_cast<std::int64_t>(Random(i) % 900);
            }),
            deltas);
}

TEST(ColumnEncodingTest, MeasuredFloatsAreSplitByByte) {
  const ColumnEncoding split = {.dictionary = false,
                                .otherwise = Encoding::BYTE_STREAM_SPLIT};
  EXPECT_EQ(Choose<arrow::DoubleBuilder>([](auto i) {
              return 20 + std::sin(static_cast<double>(i) / 100) +
                     static_cast<double>(Random(i)) * 1e-22;
            }),
            split);
}

TEST(ColumnEncodingTest, NoiseStaysPlain) {
  EXPECT_EQ(Choose<arrow::UInt64Builder>([](auto i) { return Random(i); }),
            (ColumnEncoding{.dictionary = false, .otherwise = Encoding::PLAIN}));
}

TEST(ColumnEncodingTest, RareRepetitionsAmongZerosAreNoReasonForADictionary) {
  EXPECT_FALSE(Choose<arrow::DoubleBuilder>([](auto i) {
                 return Random(i) % 10 ? 0.0 : static_cast<double>(Random(-i));
               }).dictionary);
}

TEST(ColumnEncodingTest, PeriodicColumnsAreNotMistakenForRepeatedOnes) {
  // Every 128th value is the same.
  EXPECT_FALSE(Choose<arrow::UInt64Builder>([](auto i) {
                 return i % 128 == 0 ? 0 : Random(i);
               }).dictionary);
}

TEST(ColumnEncodingTest, TextsInNoOrderGetNoStatistics) {
  const auto scattered = [](auto i) { return "city " + std::to_string(Random(i) % 300); };
  const auto two = [](auto i) { return Random(i) % 2 ? "yes" : "no"; };
  const auto sorted = [](auto i) { return std::to_string(1'000'000 + i); };
  const auto stretches = [](auto i) { return std::to_string(Random(i / 5'000)); };
  EXPECT_FALSE(Choose<arrow::StringBuilder>(scattered).statistics);
  EXPECT_FALSE(Choose<arrow::StringBuilder>(two).statistics);
  EXPECT_TRUE(Choose<arrow::StringBuilder>(sorted).statistics);
  EXPECT_TRUE(Choose<arrow::StringBuilder>(stretches).statistics);
  EXPECT_TRUE(Choose<arrow::StringBuilder>(scattered, 1'000).statistics);
  EXPECT_TRUE(Choose<arrow::Int64Builder>(Random).statistics);
}

TEST(ColumnEncodingTest, ManySmallChunksAreOneColumn) {
  std::vector<std::shared_ptr<arrow::Array>> chunks;
  for (std::int64_t i = 0; i < 5'000; ++i) {
    arrow::Int64Builder builder;
    for (std::int64_t k = 0; k < 10; ++k) EXPECT_TRUE(builder.Append(10 * i + k).ok());
    chunks.push_back(builder.Finish().ValueOrDie());
  }
  const auto column = std::make_shared<arrow::ChunkedArray>(chunks);
  EXPECT_EQ(ChooseEncodings({column}, 50'000).at(0).otherwise,
            Encoding::DELTA_BINARY_PACKED);
}

TEST(ColumnEncodingTest, NestedColumnsAreJudgedByLeaf) {
  arrow::Int64Builder ids;
  arrow::StringBuilder names;
  arrow::Int32Builder offsets;
  for (std::int64_t i = 0; i < kRows; ++i) {
    ASSERT_TRUE(ids.Append(i).ok());
    ASSERT_TRUE(names.Append(i % 2 ? "odd" : "even").ok());
    if (i % 10 == 0) {
      ASSERT_TRUE(offsets.Append(static_cast<std::int32_t>(i)).ok());
    }
  }
  const auto both =
      arrow::StructArray::Make({ids.Finish().ValueOrDie(), names.Finish().ValueOrDie()},
                               std::vector<std::string>{"id", "name"})
          .ValueOrDie();
  const auto lists =
      arrow::ListArray::FromArrays(*offsets.Finish().ValueOrDie(), *both).ValueOrDie();
  const auto encodings = ChooseEncodings(
      {std::make_shared<arrow::ChunkedArray>(lists->Slice(5, 15'000))}, 15'000);
  ASSERT_EQ(encodings.size(), 2u);
  EXPECT_FALSE(encodings[0].dictionary);
  EXPECT_TRUE(encodings[1].dictionary);
}

TEST(ColumnEncodingTest, EmptyAndNullColumnsGetSomeEncoding) {
  EXPECT_THAT(
      ChooseEncodings(
          {Chunked(arrow::int64(), {}), Chunked(arrow::utf8(), {"[]"}),
           Chunked(arrow::int64(), {"[null]", "[]", "[null]"}),
           Chunked(arrow::null(), {"[null]"}), Chunked(arrow::boolean(), {"[true]"})},
          2),
      ElementsAre(ColumnEncoding(), ColumnEncoding(), ColumnEncoding(), ColumnEncoding(),
                  ColumnEncoding()));
}

}  // namespace
}  // namespace entrepot
