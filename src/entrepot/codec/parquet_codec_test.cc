#include "entrepot/codec/parquet_codec.h"

#include <arrow/extension/bool8.h>
#include <arrow/extension/uuid.h>
#include <arrow/ipc/dictionary.h>
#include <arrow/ipc/reader.h>
#include <arrow/util/base64.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/writer.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include "entrepot/codec/coding_for_test.h"

namespace entrepot {
namespace {

using arrow::field;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using TypePtr = std::shared_ptr<arrow::DataType>;

class ParquetCodecTest : public ::testing::Test {
 protected:
  bool Takes(const TypePtr& type) const {
    return codec_->Takes(Value::Table(OneColumn(type, {})));
  }

  void ExpectComesBack(const TablePtr& table) const {
    ASSERT_TRUE(codec_->Takes(Value::Table(table))) << table->schema()->ToString();
    const Value back = RoundTrip(*codec_, Value::Table(table)).value();
    EXPECT_TRUE(back.table()->Equals(*table, /*check_metadata=*/true))
        << table->ToString() << back.table()->ToString();
    const auto bytes = EncodeToMemory(*codec_, StreamOf(table, 2)).value();
    const TablePtr streamed = ToTable(DecodeAsStream(*codec_, bytes).value().value);
    EXPECT_TRUE(streamed->Equals(*table, /*check_metadata=*/true))
        << table->ToString() << streamed->ToString();
  }

  std::shared_ptr<const Codec> codec_ = MakeParquetCodec();
};

TEST_F(ParquetCodecTest, ValuesOfTheTypesItTakesComeBack) {
  const std::vector<std::pair<TypePtr, std::vector<std::string>>> columns = {
      {arrow::boolean(), {"[true, null]", "[false]"}},
      {arrow::int8(), {"[-128, null, 127]"}},
      {arrow::uint32(), {"[4294967295, null]"}},
      {arrow::uint64(), {"[18446744073709551615]"}},
      {arrow::float16(), {"[1.5, null]"}},
      {arrow::float64(), {"[1.5, null, -0.0, Inf]"}},
      {arrow::decimal128(20, 3), {R"(["1.250", null])"}},
      {arrow::decimal256(60, 3), {R"(["1.250", null])"}},
      {arrow::utf8(), {R"(["", null])", R"(["abc"])"}},
      {arrow::large_utf8(), {R"(["", null, "abc"])"}},
      {arrow::utf8_view(), {R"(["", null, "longer than twelve bytes"])"}},
      {arrow::binary(), {R"(["", null, "abc"])"}},
      {arrow::binary_view(), {R"(["", null, "abc"])"}},
      {arrow::fixed_size_binary(3), {R"(["abc", null])"}},
      {arrow::date32(), {"[1, null]"}},
      {arrow::time32(arrow::TimeUnit::MILLI), {"[1, null]"}},
      {arrow::time64(arrow::TimeUnit::NANO), {"[1, null]"}},
      {arrow::timestamp(arrow::TimeUnit::MILLI), {"[1, null]"}},
      {arrow::timestamp(arrow::TimeUnit::NANO, "Europe/Berlin"), {"[1, null]"}},
      {arrow::duration(arrow::TimeUnit::SECOND), {"[1, null]"}},
      {arrow::null(), {"[null, null]"}},
      {arrow::list(arrow::int32()), {"[[1, null], null, []]", "[[2]]"}},
      {arrow::list(field("element", arrow::int32(), false)), {"[[1], null, []]"}},
      {arrow::large_list(arrow::utf8()), {R"([["a", null], null, []])"}},
      {arrow::struct_({field("a", arrow::int32()), field("b", arrow::utf8(), false)}),
       {R"([{"a": 1, "b": "x"}, null, {"a": null, "b": ""}])"}},
      {arrow::map(arrow::utf8(), arrow::list(arrow::float64())),
       {R"([[["a", [1.5, null]], ["b", null]], null, []])"}},
      {arrow::list(arrow::struct_({field("x", arrow::list(arrow::int8()))})),
       {R"([[{"x": [1]}, null, {"x": null}], null])"}},
  };
  for (const auto& [type, chunks] : columns) {
    SCOPED_TRACE(type->ToString());
    ExpectComesBack(OneColumn(type, chunks));
    ExpectComesBack(OneColumn(type, {"[]"}));
    ExpectComesBack(OneColumn(type, {}));
  }
}

TEST_F(ParquetCodecTest, ExtensionTypesComeBack) {
  const auto bytes =
      Chunked(arrow::fixed_size_binary(16), {R"(["0123456789abcdef", null])"});
  const auto uuids = arrow::ExtensionType::WrapArray(arrow::extension::uuid(), bytes);
  const auto bools = arrow::ExtensionType::WrapArray(
      arrow::extension::bool8(), Chunked(arrow::int8(), {"[1, null]"}));
  ExpectComesBack(arrow::Table::Make(
      arrow::schema({field("id", uuids->type()), field("flag", bools->type())}),
      {uuids, bools}));
}

TEST_F(ParquetCodecTest, RefusesTypesThatDoNotComeBack) {
  const auto categories = arrow::dictionary(arrow::int32(), arrow::utf8());
  for (const TypePtr& type : {
           arrow::timestamp(arrow::TimeUnit::SECOND),
           arrow::time32(arrow::TimeUnit::SECOND),
           arrow::date64(),
           categories,
           arrow::dictionary(arrow::int8(), arrow::int64()),
           arrow::list(categories),
           arrow::struct_({field("a", arrow::list(categories))}),
           arrow::map(arrow::utf8(), categories),
           arrow::struct_({}),
           arrow::struct_({field("at", arrow::timestamp(arrow::TimeUnit::SECOND))}),
           arrow::run_end_encoded(arrow::int32(), arrow::utf8()),
           arrow::dense_union({field("a", arrow::int32())}),
           arrow::month_day_nano_interval(),
           arrow::list(arrow::month_day_nano_interval()),
       }) {
    EXPECT_FALSE(Takes(type)) << type->ToString();
  }
}

TEST_F(ParquetCodecTest, RefusesRowsWithoutColumns) {
  const auto table =
      arrow::Table::Make(arrow::schema({}), arrow::ChunkedArrayVector(), 3);
  EXPECT_FALSE(codec_->Takes(Value::Table(table)));
}

TEST_F(ParquetCodecTest, TellsOtherKindsWithoutLooking) {
  EXPECT_FALSE(codec_->Takes(Value()));
  EXPECT_FALSE(codec_->Takes(Value::Text("x")));
  EXPECT_THAT(EncodeToMemory(*codec_, Value::Text("x")), FailsWith(ErrorCode::kInvalid));
}

TEST_F(ParquetCodecTest, StrangeNamesComeBack) {
  const auto ints = Chunked(arrow::int64(), {"[1, 2]"});
  const auto texts = Chunked(arrow::utf8(), {R"(["x", "y"])"});
  const auto inner = arrow::struct_({field("b", arrow::float64())});
  const auto nested = Chunked(inner, {R"([{"b": 1.5}, {"b": 2.5}])"});
  ExpectComesBack(arrow::Table::Make(
      arrow::schema({field("", arrow::int64()), field("same", arrow::int64(), false),
                     field("same", arrow::utf8()), field("a.b", arrow::utf8()),
                     field("a", inner), field("größe\n", arrow::int64())}),
      {ints, ints, texts, texts, nested, ints}));
}

TEST_F(ParquetCodecTest, MetadataComesBack) {
  const auto of_field =
      arrow::key_value_metadata({{"unit", "m"}, {"PARQUET:field_id", "7"}});
  const auto of_schema =
      arrow::key_value_metadata({{"pandas", "{}"}, {"", ""}, {"not utf-8", "\xff"}});
  const auto inner =
      field("item", arrow::int64(), true, arrow::key_value_metadata({{"k", "v"}}));
  ExpectComesBack(arrow::Table::Make(
      arrow::schema(
          {field("c", arrow::int64(), false, of_field), field("l", arrow::list(inner))},
          of_schema),
      {Chunked(arrow::int64(), {"[1]"}), Chunked(arrow::list(inner), {"[[1]]"})}));
}

TEST_F(ParquetCodecTest, RefusesMetadataUnderKeysOfTheFile) {
  for (const char* key : {"entrepot.type", "entrepot.version", "ARROW:schema"}) {
    const auto table =
        OneColumn(arrow::int64(), {"[1]"})
            ->ReplaceSchemaMetadata(arrow::key_value_metadata({{key, "x"}}));
    EXPECT_FALSE(codec_->Takes(Value::Table(table))) << key;
  }
}

TEST_F(ParquetCodecTest, NotesTravelInTheFile) {
  const auto table = OneColumn(arrow::int64(), {"[1]"});
  const FileNotes notes = {.version = "v1", .type = "pandas.DataFrame"};
  const auto bytes = EncodeToMemory(*codec_, Value::Table(table), notes).value();
  const Decoded decoded = DecodeFromMemory(*codec_, bytes).value();
  EXPECT_EQ(decoded.notes.version, "v1");
  EXPECT_EQ(decoded.notes.type, "pandas.DataFrame");
  EXPECT_EQ(decoded.value.type(), "pandas.DataFrame");
  EXPECT_FALSE(decoded.value.table()->schema()->HasMetadata());
}

TEST_F(ParquetCodecTest, ReportsRowsAndSchema) {
  const auto out = arrow::io::BufferOutputStream::Create().ValueOrDie();
  const auto table = OneColumn(arrow::int64(), {"[1, 2]", "[3]"});
  const Encoded encoded = codec_->Encode(StreamOf(table, 1), {}, *out).value();
  EXPECT_EQ(encoded.rows, 3);
  EXPECT_EQ(encoded.schema, "c: int64");
}

TEST_F(ParquetCodecTest, NestedColumnsOfManyRowGroupsComeBack) {
  const auto lists = Chunked(arrow::list(arrow::int32()), {"[[1, null], null, [], [2]]"});
  const auto some =
      arrow::Table::Make(arrow::schema({field("l", lists->type())}), {lists});
  TablePtr many = some;
  while (many->num_rows() < 3 << 20)
    many = arrow::ConcatenateTables({many, many}).ValueOrDie();
  const auto bytes = EncodeToMemory(*codec_, Value::Table(many)).value();
  EXPECT_GT(
      parquet::ParquetFileReader::Open(std::make_shared<arrow::io::BufferReader>(bytes))
          ->metadata()
          ->num_row_groups(),
      1);
  EXPECT_TRUE(DecodeFromMemory(*codec_, bytes).value().value.table()->Equals(*many));
}

TEST_F(ParquetCodecTest, WideTablesComeBack) {
  arrow::FieldVector fields;
  arrow::ChunkedArrayVector columns;
  for (int i = 0; i < 1000; ++i) {
    fields.push_back(field("c" + std::to_string(i), arrow::int64()));
    columns.push_back(Chunked(arrow::int64(), {"[1, 2]", "[" + std::to_string(i) + "]"}));
  }
  ExpectComesBack(arrow::Table::Make(arrow::schema(fields), columns));
}

TEST_F(ParquetCodecTest, ReadsFilesOfOthers) {
  const auto metadata = arrow::key_value_metadata({{"pandas", "{}"}});
  const auto table =
      OneColumn(arrow::utf8(), {R"(["a", "b"])"})->ReplaceSchemaMetadata(metadata);
  const auto out = arrow::io::BufferOutputStream::Create().ValueOrDie();
  ASSERT_TRUE(parquet::arrow::WriteTable(
                  *table, arrow::default_memory_pool(), out, 1024,
                  parquet::default_writer_properties(),
                  parquet::ArrowWriterProperties::Builder().store_schema()->build())
                  .ok());
  const Decoded decoded = DecodeFromMemory(*codec_, out->Finish().ValueOrDie()).value();
  EXPECT_TRUE(decoded.value.table()->Equals(*table, /*check_metadata=*/true));
  EXPECT_EQ(decoded.notes.version, "");
}

/// Returns what the footer of an encoded value says.
std::shared_ptr<parquet::FileMetaData> FooterOf(
    const std::shared_ptr<arrow::Buffer>& bytes) {
  return parquet::ParquetFileReader::Open(
             std::make_shared<arrow::io::BufferReader>(bytes))
      ->metadata();
}

TEST_F(ParquetCodecTest, EveryColumnIsCompressedByZstd) {
  const auto lists = Chunked(arrow::list(arrow::int32()), {"[[1, 2], [3]]"});
  const auto table = arrow::Table::Make(
      arrow::schema({field("i", arrow::int64()), field("s", arrow::utf8()),
                     field("b", arrow::boolean()), field("l", lists->type())}),
      {Chunked(arrow::int64(), {"[1, 2]"}), Chunked(arrow::utf8(), {R"(["a", "b"])"}),
       Chunked(arrow::boolean(), {"[true, null]"}), lists});
  for (const Value& value : {Value::Table(table), StreamOf(table, 1)}) {
    const auto footer = FooterOf(EncodeToMemory(*codec_, value).value());
    ASSERT_EQ(footer->num_columns(), 4);
    for (int group = 0; group < footer->num_row_groups(); ++group) {
      for (int column = 0; column < footer->num_columns(); ++column) {
        EXPECT_EQ(footer->RowGroup(group)->ColumnChunk(column)->compression(),
                  parquet::Compression::ZSTD);
      }
    }
  }
}

TEST_F(ParquetCodecTest, TheFooterHasTheArrowSchemaAndTheNotes) {
  const auto table = OneColumn(arrow::large_utf8(), {R"(["a"])"});
  const FileNotes notes = {.version = "v1", .type = "pandas.DataFrame"};
  for (const Value& value : {Value::Table(table), StreamOf(table, 1)}) {
    const auto footer = FooterOf(EncodeToMemory(*codec_, value, notes).value());
    const auto& metadata = *footer->key_value_metadata();
    EXPECT_EQ(metadata.Get("entrepot.version").ValueOrDie(), "v1");
    EXPECT_EQ(metadata.Get("entrepot.type").ValueOrDie(), "pandas.DataFrame");
    const std::string serialized =
        arrow::util::base64_decode(metadata.Get("ARROW:schema").ValueOrDie())
            .ValueOrDie();
    arrow::io::BufferReader reader(arrow::Buffer::FromString(serialized));
    arrow::ipc::DictionaryMemo memo;
    const auto schema = arrow::ipc::ReadSchema(&reader, &memo).ValueOrDie();
    EXPECT_EQ(schema->ToString(), "c: large_string");
  }
}

TEST_F(ParquetCodecTest, PagesCarryChecksums) {
  const auto table = OneColumn(arrow::float64(), {"[1.5, 2.5, 3.5]"});
  const std::string good =
      EncodeToMemory(*codec_, Value::Table(table)).value()->ToString();
  int refused = 0;
  // Somewhere behind the first page's header are its bytes.
  for (size_t i = 30; i < 60; ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    const auto decoded = DecodeFromMemory(*codec_, arrow::Buffer::FromString(bad));
    if (decoded) continue;
    refused += decoded.error().message().find("CRC checksum") != std::string::npos;
  }
  EXPECT_GT(refused, 5);
}

TEST_F(ParquetCodecTest, DamageIsNoCrash) {
  const auto table = arrow::Table::Make(
      arrow::schema({field("i", arrow::int64()), field("s", arrow::utf8()),
                     field("l", arrow::list(arrow::float64()))}),
      {Chunked(arrow::int64(), {"[1, null, 3]"}),
       Chunked(arrow::utf8(), {R"(["a", "a", "b"])"}),
       Chunked(arrow::list(arrow::float64()), {"[[1.5], null, [2.5, 3.5]]"})});
  ExpectDamageIsNoCrash(*codec_, *EncodeToMemory(*codec_, Value::Table(table)).value());
}

TEST_F(ParquetCodecTest, OtherFilesAreNoParquet) {
  EXPECT_THAT(DecodeFromMemory(*codec_, arrow::Buffer::FromString("a,b\n1,2\n")),
              FailsWith(ErrorCode::kCorrupt, HasSubstr("no Parquet file")));
}

}  // namespace
}  // namespace entrepot
