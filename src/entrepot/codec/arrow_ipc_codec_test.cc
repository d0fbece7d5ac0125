#include "entrepot/codec/arrow_ipc_codec.h"

#include <arrow/array/array_dict.h>
#include <arrow/builder.h>
#include <arrow/ipc/reader.h>
#include <arrow/util/key_value_metadata.h>

#include "entrepot/codec/coding_for_test.h"

namespace entrepot {
namespace {

using arrow::field;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using TypePtr = std::shared_ptr<arrow::DataType>;

class ArrowIpcCodecTest : public ::testing::Test {
 protected:
  TablePtr ComesBackAs(const Value& value) const {
    return RoundTrip(*codec_, value).value().table();
  }

  void ExpectComesBack(const TablePtr& table) const {
    ASSERT_TRUE(codec_->Takes(Value::Table(table)));
    const TablePtr back = ComesBackAs(Value::Table(table));
    EXPECT_TRUE(back->Equals(*table, /*check_metadata=*/true))
        << table->ToString() << back->ToString();
    const auto bytes = EncodeToMemory(*codec_, StreamOf(table, 2)).value();
    const TablePtr streamed = ToTable(DecodeAsStream(*codec_, bytes).value().value);
    EXPECT_TRUE(streamed->Equals(*table, /*check_metadata=*/true))
        << table->ToString() << streamed->ToString();
  }

  std::shared_ptr<const Codec> codec_ = MakeArrowIpcCodec();
};

TypePtr Categories(const TypePtr& index = arrow::int8()) {
  return arrow::dictionary(index, arrow::utf8());
}

std::shared_ptr<arrow::Array> CategoriesOf(const char* indices, const char* values,
                                           const TypePtr& index = arrow::int8()) {
  return arrow::json::DictArrayFromJSONString(Categories(index), indices, values)
      .ValueOrDie();
}

/// The values of a column of categories, one by one.
std::vector<std::string> Decoded(const arrow::ChunkedArray& column) {
  std::vector<std::string> values;
  for (const auto& chunk : column.chunks()) {
    const auto& categories = static_cast<const arrow::DictionaryArray&>(*chunk);
    const auto& dictionary =
        static_cast<const arrow::StringArray&>(*categories.dictionary());
    for (std::int64_t i = 0; i < chunk->length(); ++i) {
      values.push_back(
          chunk->IsNull(i) ? "null" : dictionary.GetString(categories.GetValueIndex(i)));
    }
  }
  return values;
}

TablePtr TableOf(arrow::ArrayVector chunks) {
  const auto type = chunks.at(0)->type();
  return arrow::Table::Make(arrow::schema({field("c", type)}),
                            {std::make_shared<arrow::ChunkedArray>(std::move(chunks))});
}

TEST_F(ArrowIpcCodecTest, ValuesOfAnyTypeComeBack) {
  const std::vector<std::pair<TypePtr, std::vector<std::string>>> columns = {
      {arrow::int64(), {"[1, null]", "[3]"}},
      {arrow::timestamp(arrow::TimeUnit::SECOND, "UTC"), {"[1, null]"}},
      {arrow::date64(), {"[86400000, null]"}},
      {arrow::utf8_view(), {R"(["", null, "longer than twelve bytes"])"}},
      {arrow::struct_({}), {"[{}, null]"}},
      {arrow::month_day_nano_interval(), {"[[1, 2, 3], null]"}},
      {arrow::dense_union({field("a", arrow::int32()), field("b", arrow::utf8())}),
       {R"([[0, 1], [1, "x"]])"}},
      {Categories(), {R"(["a", null, "b", "a"])"}},
      {arrow::list(Categories()), {R"([["a", null], null, ["b"]])"}},
      {arrow::fixed_size_list(arrow::int32(), 2), {"[[1, null], null, [3, 4]]"}},
      {arrow::list_view(arrow::int32()), {"[[1, null], null, []]"}},
      {arrow::null(), {"[null]"}},
  };
  for (const auto& [type, chunks] : columns) {
    SCOPED_TRACE(type->ToString());
    ExpectComesBack(OneColumn(type, chunks));
    ExpectComesBack(OneColumn(type, {"[]"}));
    ExpectComesBack(OneColumn(type, {}));
  }
}

TEST_F(ArrowIpcCodecTest, RowsWithoutColumnsComeBack) {
  const auto table =
      arrow::Table::Make(arrow::schema({}), arrow::ChunkedArrayVector(), 3);
  EXPECT_EQ(ComesBackAs(Value::Table(table))->num_rows(), 3);
}

TEST_F(ArrowIpcCodecTest, StrangeNamesAndMetadataComeBack) {
  const auto ints = Chunked(arrow::int64(), {"[1, 2]"});
  const auto metadata =
      arrow::key_value_metadata({{"k", "v"}, {"entrepot.type", "mine"}});
  ExpectComesBack(arrow::Table::Make(
      arrow::schema({field("", arrow::int64()), field("same", arrow::int64(), false),
                     field("same", arrow::int64(), true, metadata)},
                    metadata),
      {ints, ints, ints}));
}

TEST_F(ArrowIpcCodecTest, NotesTravelInTheFooter) {
  const FileNotes notes = {.version = "v1", .type = "polars.DataFrame"};
  const auto bytes =
      EncodeToMemory(*codec_, Value::Table(OneColumn(arrow::int64(), {"[1]"})), notes)
          .value();
  const auto decoded = DecodeFromMemory(*codec_, bytes).value();
  EXPECT_EQ(decoded.notes.version, "v1");
  EXPECT_EQ(decoded.value.type(), "polars.DataFrame");
  EXPECT_FALSE(decoded.value.table()->schema()->HasMetadata());
}

TEST_F(ArrowIpcCodecTest, ReadingCopiesNothing) {
  const auto table = arrow::Table::Make(
      arrow::schema({field("n", arrow::float64()), field("s", arrow::utf8())}),
      {Chunked(arrow::float64(), {"[1.5, null, 3.5]", "[4.5]"}),
       Chunked(arrow::utf8(), {R"(["a", null, "b"])", R"(["c"])"})});
  const auto bytes = EncodeToMemory(*codec_, Value::Table(table)).value();
  const TablePtr back = DecodeFromMemory(*codec_, bytes).value().value.table();
  for (const auto& column : back->columns()) {
    for (const auto& chunk : column->chunks()) {
      for (const auto& buffer : chunk->data()->buffers) {
        if (!buffer || buffer->size() == 0) continue;
        EXPECT_GE(buffer->address(), bytes->address());
        EXPECT_LE(buffer->address() + static_cast<std::uintptr_t>(buffer->size()),
                  bytes->address() + static_cast<std::uintptr_t>(bytes->size()));
        EXPECT_EQ((buffer->address() - bytes->address()) % 8, 0u);
      }
    }
  }
}

TEST_F(ArrowIpcCodecTest, ValuesOutliveTheFile) {
  Value value;
  {
    auto bytes =
        EncodeToMemory(*codec_, Value::Table(OneColumn(arrow::int64(), {"[1, 2]"})))
            .value();
    value = DecodeFromMemory(*codec_, std::move(bytes)).value().value;
  }
  EXPECT_TRUE(value.table()->Equals(*OneColumn(arrow::int64(), {"[1, 2]"})));
}

TEST_F(ArrowIpcCodecTest, CategoriesKeepTheirDictionaryWhereChunksShareIt) {
  const auto chunk = CategoriesOf("[2, 0, null]", R"(["z", "unused", "a"])");
  ExpectComesBack(
      TableOf({chunk, CategoriesOf("[0]", R"(["z", "unused", "a"])"), chunk}));
}

TEST_F(ArrowIpcCodecTest, CategoriesOfDifferentChunksKeepTheirValues) {
  const auto table = TableOf({CategoriesOf("[0, 1, null]", R"(["a", "b"])"),
                              CategoriesOf("[0, 1]", R"(["c", "a"])"),
                              CategoriesOf("[0]", R"(["a", "b"])")});
  ASSERT_TRUE(codec_->Takes(Value::Table(table)));
  const TablePtr back = ComesBackAs(Value::Table(table));
  EXPECT_EQ(Decoded(*back->column(0)), Decoded(*table->column(0)));
  EXPECT_TRUE(back->schema()->Equals(*table->schema()));
  const TablePtr streamed = ComesBackAs(StreamOf(table, 100));
  EXPECT_EQ(Decoded(*streamed->column(0)), Decoded(*table->column(0)));
}

TEST_F(ArrowIpcCodecTest, CategoriesInsideOtherValuesKeepTheirValues) {
  const auto list_of = [](const std::shared_ptr<arrow::Array>& values) {
    const auto offsets =
        arrow::json::ArrayFromJSONString(arrow::int32(), "[0, 1, 2]").ValueOrDie();
    return arrow::ListArray::FromArrays(*offsets, *values).ValueOrDie();
  };
  const auto first = list_of(CategoriesOf("[0, 1]", R"(["a", "b"])"));
  const auto table = TableOf({first, list_of(CategoriesOf("[0, 1]", R"(["c", "a"])"))});
  ASSERT_TRUE(codec_->Takes(Value::Table(table)));
  const TablePtr back = ComesBackAs(Value::Table(table));
  std::vector<std::string> values;
  for (const auto& chunk : back->column(0)->chunks()) {
    const auto& lists = static_cast<const arrow::ListArray&>(*chunk);
    for (const auto& value : Decoded(arrow::ChunkedArray(lists.Flatten().ValueOrDie()))) {
      values.push_back(value);
    }
  }
  EXPECT_EQ(values, (std::vector<std::string>{"a", "b", "c", "a"}));
  // Values are immutable: the table itself must be as it was.
  EXPECT_TRUE(table->column(0)->chunk(0)->Equals(first));
  EXPECT_TRUE(table->ValidateFull().ok());
}

TEST_F(ArrowIpcCodecTest, DictionariesThatCannotBeMergedAreAClearError) {
  std::string many = "[\"x\"";
  std::string more = "[\"y\"";
  for (int i = 0; i < 99; ++i) {
    many += fmt::format(", \"{}\"", i);
    more += fmt::format(", \"{}\"", i + 1000);
  }
  const auto table = TableOf({CategoriesOf("[0]", (many + "]").c_str()),
                              CategoriesOf("[0]", (more + "]").c_str())});
  EXPECT_FALSE(codec_->Takes(Value::Table(table)));
  EXPECT_THAT(EncodeToMemory(*codec_, StreamOf(table, 1)),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("column 'c' has different")));
  const auto repeated =
      TableOf({CategoriesOf("[1]", R"(["a", "a"])"), CategoriesOf("[0]", R"(["b"])")});
  EXPECT_FALSE(codec_->Takes(Value::Table(repeated)));
}

TEST_F(ArrowIpcCodecTest, SlicesComeBack) {
  const auto table = arrow::Table::Make(
      arrow::schema({field("c", Categories()), field("s", arrow::utf8())}),
      {Chunked(Categories(), {R"(["a", null, "b", "a"])"}),
       Chunked(arrow::utf8(), {R"(["w", null, "x", "y"])"})});
  ExpectComesBack(table->Slice(1, 2));
}

TEST_F(ArrowIpcCodecTest, SlicesOfViewsDoNotDragAllBytesAlong) {
  arrow::StringViewBuilder builder;
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_TRUE(
        builder.Append(fmt::format("a text that is longer than a view, {}", i)).ok());
  }
  const auto table = TableOf({builder.Finish().ValueOrDie()})->Slice(5'000, 10);
  const auto bytes = EncodeToMemory(*codec_, Value::Table(table)).value();
  EXPECT_LT(bytes->size(), 10'000);
  EXPECT_TRUE(DecodeFromMemory(*codec_, bytes).value().value.table()->Equals(*table));
}

TEST_F(ArrowIpcCodecTest, TablesAreStoredInBoundedMemory) {
  const std::int64_t rows = 4 << 20;
  arrow::StringBuilder texts;
  arrow::Int32Builder indices;
  for (std::int64_t i = 0; i < rows; ++i) {
    ASSERT_TRUE(texts.Append("text").ok());
    ASSERT_TRUE(indices.Append(static_cast<std::int32_t>(i % 2)).ok());
  }
  const auto column = texts.Finish().ValueOrDie();
  const auto places = indices.Finish().ValueOrDie();
  const auto type = Categories(arrow::int32());
  arrow::ArrayVector categories;
  for (const char* values : {R"(["a", "b"])", R"(["c", "d"])"}) {
    const auto dictionary =
        arrow::json::ArrayFromJSONString(arrow::utf8(), values).ValueOrDie();
    categories.push_back(
        std::make_shared<arrow::DictionaryArray>(type, places, dictionary));
  }
  const auto table = arrow::Table::Make(
      arrow::schema({field("t", arrow::utf8()), field("c", type)}),
      {std::make_shared<arrow::ChunkedArray>(arrow::ArrayVector{column, column}),
       std::make_shared<arrow::ChunkedArray>(categories)});
  PeakSink sink;
  EXPECT_THAT(codec_->Encode(Value::Table(table->Slice(1)), {}, sink), IsOk());
  EXPECT_LE(sink.peak(), 64 * kMiB);
}

TEST_F(ArrowIpcCodecTest, ReportsRowsAndSchema) {
  const auto out = arrow::io::BufferOutputStream::Create().ValueOrDie();
  const auto table = OneColumn(arrow::int64(), {"[1, 2]", "[3]"});
  const Encoded encoded = codec_->Encode(Value::Table(table), {}, *out).value();
  EXPECT_EQ(encoded.rows, 3);
  EXPECT_EQ(encoded.schema, "c: int64");
}

TEST_F(ArrowIpcCodecTest, DamageIsNoCrash) {
  const auto table = arrow::Table::Make(
      arrow::schema({field("i", arrow::int64()), field("c", Categories()),
                     field("l", arrow::list(arrow::utf8()))}),
      {Chunked(arrow::int64(), {"[1, null, 3]"}),
       Chunked(Categories(), {R"(["a", "a", "b"])"}),
       Chunked(arrow::list(arrow::utf8()), {R"([["x"], null, ["y", "z"]])"})});
  ExpectDamageIsNoCrash(*codec_, *EncodeToMemory(*codec_, Value::Table(table)).value());
}

TEST_F(ArrowIpcCodecTest, OtherFilesAreNoArrowFiles) {
  EXPECT_THAT(DecodeFromMemory(*codec_, arrow::Buffer::FromString("a,b\n1,2\n")),
              FailsWith(ErrorCode::kCorrupt, HasSubstr("no Arrow IPC file")));
  EXPECT_THAT(EncodeToMemory(*codec_, Value::Text("x")), FailsWith(ErrorCode::kInvalid));
}

}  // namespace
}  // namespace entrepot
