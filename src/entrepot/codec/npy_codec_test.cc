#include "entrepot/codec/npy_codec.h"

#include <arrow/io/file.h>

#include "entrepot/codec/coding_for_test.h"
#include "entrepot/codec/npy_header_internal.h"

namespace entrepot {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;

const std::shared_ptr<const Codec> kCodec = MakeNpyCodec();

Tensor Zeros(const char* descr, std::vector<std::int64_t> shape,
             MemoryOrder order = MemoryOrder::kC) {
  const ElementType type = ElementType::Parse(descr).value();
  std::int64_t size_bytes = type.size_bytes();
  for (const std::int64_t extent : shape) size_bytes *= extent;
  std::string bytes(static_cast<size_t>(size_bytes), '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i % 2);
  return Tensor::Make(type, std::move(shape), order, arrow::Buffer::FromString(bytes))
      .value();
}

/// A version 1.0 file around a header's text.
std::shared_ptr<arrow::Buffer> FileOf(const std::string& header,
                                      const std::string& data = "") {
  std::string file = "\x93NUMPY";
  file += std::string("\1\0", 2);
  file += static_cast<char>(header.size() & 0xff);
  file += static_cast<char>(header.size() >> 8);
  return arrow::Buffer::FromString(file + header + data);
}

TEST(NpyCodecTest, HeadersAreThoseOfNumpy) {
  const auto header = [](const char* descr, std::vector<std::int64_t> shape,
                         MemoryOrder order) {
    return WriteNpyHeader({ElementType::Parse(descr).value(), std::move(shape), order});
  };
  const std::string matrix = header("<f8", {3, 4}, MemoryOrder::kC);
  EXPECT_EQ(matrix, std::string("\x93NUMPY\1\0\x76\0", 10) +
                        "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }" +
                        std::string(58, ' ') + "\n");
  EXPECT_THAT(header("|b1", {7}, MemoryOrder::kC), HasSubstr("'shape': (7,), }"));
  EXPECT_THAT(header("<M8[ns]", {}, MemoryOrder::kFortran),
              HasSubstr("{'descr': '<M8[ns]', 'fortran_order': True, 'shape': (), }"));
}

TEST(NpyCodecTest, HeadersThatAreTooLongForVersionOneGetVersionTwo) {
  const Tensor tensor = Zeros("|u1", std::vector<std::int64_t>(30'000, 1));
  const auto bytes = EncodeToMemory(*kCodec, Value::Tensor(tensor)).value();
  EXPECT_EQ(bytes->data()[6], 2);
  EXPECT_EQ(DecodeFromMemory(*kCodec, bytes).value().value.tensor().shape(),
            tensor.shape());
}

TEST(NpyCodecTest, TensorsComeBack) {
  for (const char* descr : {"|b1", "|i1", "<i8", ">u4", "<f2", "<f16", "<c16", "<M8[ns]",
                            "<m8[25s]", "<U5", "|S3", "|V7", "<M8"}) {
    for (const MemoryOrder order : {MemoryOrder::kC, MemoryOrder::kFortran}) {
      for (const std::vector<std::int64_t>& shape :
           {std::vector<std::int64_t>{}, {0}, {3}, {2, 3}, {2, 0, 4}, {2, 1, 3, 1}}) {
        const Tensor tensor = Zeros(descr, shape, order);
        const Value back = RoundTrip(*kCodec, Value::Tensor(tensor)).value();
        EXPECT_EQ(back.tensor().type(), tensor.type());
        EXPECT_EQ(back.tensor().shape(), tensor.shape());
        EXPECT_EQ(back.tensor().order(), tensor.order());
        EXPECT_TRUE(back.tensor().data()->Equals(*tensor.data()));
      }
    }
  }
}

TEST(NpyCodecTest, ReadingCopiesNothing) {
  const auto bytes = EncodeToMemory(*kCodec, Value::Tensor(Zeros("<f8", {3, 4}))).value();
  const Value value = DecodeFromMemory(*kCodec, bytes).value().value;
  EXPECT_EQ(value.tensor().data()->address(), bytes->address() + 128);
  EXPECT_EQ(value.tensor().data()->address() % 64, bytes->address() % 64);
}

TEST(NpyCodecTest, ElementsAreWritableWhereTheMapIs) {
  const auto bytes = EncodeToMemory(*kCodec, Value::Tensor(Zeros("<f8", {3, 4}))).value();
  std::shared_ptr<arrow::Buffer> map = arrow::AllocateBuffer(bytes->size()).ValueOrDie();
  std::memcpy(map->mutable_data(), bytes->data(), static_cast<size_t>(bytes->size()));
  const Value value = DecodeFromMemory(*kCodec, map).value().value;
  EXPECT_TRUE(value.tensor().data()->is_mutable());
  EXPECT_EQ(value.tensor().data()->address(), map->address() + 128);
}

TEST(NpyCodecTest, HeadersMayBeWrittenDifferently) {
  for (const char* header : {
           R"({"shape":(2,3),"fortran_order":False,"descr":"|u1"})",
           "{'descr': '|u1', 'fortran_order': False, 'shape': (2L, 3L), }  \n",
           " { 'shape' : ( 2 , 3 , ) , 'descr' : '|u1' , 'fortran_order' : False , } ",
       }) {
    const auto decoded = DecodeFromMemory(*kCodec, FileOf(header, "abcdef"));
    ASSERT_THAT(decoded, IsOk()) << header;
    EXPECT_THAT(decoded->value.tensor().shape(), ElementsAre(2, 3));
  }
}

TEST(NpyCodecTest, RefusesOtherHeaders) {
  for (const char* header : {
           "",
           "{",
           "{}",
           "()",
           "{'descr': '|u1', 'fortran_order': False, 'shape': (1)}",
           "{'descr': '|u1', 'fortran_order': False, 'shape': (,)}",
           "{'descr': '|u1', 'fortran_order': False, 'shape': (-1,)}",
           "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999,)}",
           "{'descr': '|u1', 'fortran_order': False, 'shape': (4611686018427387904, 4)}",
           "{'descr': '|u1', 'fortran_order': 0, 'shape': (1,)}",
           "{'descr': '|u1', 'fortran_order': False}",
           "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'shape': (1,)}",
           "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'more': 1}",
           "{'descr': '|u1' 'fortran_order': False, 'shape': (1,)}",
           "{'descr': '|u1', 'fortran_order': False, 'shape': (1,)} x",
           "{'descr': 'u1', 'fortran_order': False, 'shape': (1,)}",
           "{'descr': '|u1\\'', 'fortran_order': False, 'shape': (1,)}",
           "__import__('os')",
       }) {
    EXPECT_THAT(DecodeFromMemory(*kCodec, FileOf(header, "a")),
                FailsWith(ErrorCode::kCorrupt))
        << header;
  }
}

TEST(NpyCodecTest, RefusesTooFewAndTooManyElements) {
  const char* header = "{'descr': '<u2', 'fortran_order': False, 'shape': (2,)}";
  EXPECT_THAT(DecodeFromMemory(*kCodec, FileOf(header, "abc")),
              FailsWith(ErrorCode::kCorrupt, HasSubstr("needs 4 bytes, not 3")));
  EXPECT_THAT(DecodeFromMemory(*kCodec, FileOf(header, "abcde")),
              FailsWith(ErrorCode::kCorrupt, HasSubstr("needs 4 bytes, not 5")));
}

TEST(NpyCodecTest, StructuresObjectsAndLaterVersionsAreNotSupported) {
  for (const char* header : {
           "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
           "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}",
       }) {
    EXPECT_THAT(DecodeFromMemory(*kCodec, FileOf(header)),
                FailsWith(ErrorCode::kUnsupported))
        << header;
  }
  const auto later = arrow::Buffer::FromString(std::string("\x93NUMPY\4\0\0\0\0\0", 12));
  EXPECT_THAT(DecodeFromMemory(*kCodec, later), FailsWith(ErrorCode::kUnsupported));
}

TEST(NpyCodecTest, DamageIsNoCrash) {
  ExpectDamageIsNoCrash(
      *kCodec, *EncodeToMemory(*kCodec, Value::Tensor(Zeros("<f8", {3, 4}))).value());
}

TEST(NpyCodecTest, TakesOnlyTensors) {
  EXPECT_FALSE(kCodec->Takes(Value::Text("x")));
  EXPECT_THAT(EncodeToMemory(*kCodec, Value::Text("x")), FailsWith(ErrorCode::kInvalid));
}

}  // namespace
}  // namespace entrepot
