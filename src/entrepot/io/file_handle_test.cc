#include "entrepot/io/file_handle.h"

#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;

const FileHandle kHandle{.kind = "local", .path = "/files/a \"b\".txt"};

TEST(FileHandleTest, IsJsonThatOtherLanguagesRead) {
  const Value value = ToValue(kHandle).value();
  EXPECT_EQ(value.kind(), ValueKind::kJson);
  EXPECT_EQ(value.type(), "entrepot.FileHandle");
  EXPECT_EQ(value.json(),
            R"({"entrepot.file_handle":{"kind":"local","path":"/files/a \"b\".txt"}})");
  EXPECT_TRUE(FromValue<FileHandle>(value).value() == kHandle);
}

TEST(FileHandleTest, IsKnownWithoutItsType) {
  Value value = ToValue(kHandle).value();
  value.set_type("");
  EXPECT_TRUE(IsFileHandle(value));
  EXPECT_TRUE(FromValue<FileHandle>(value).value() == kHandle);
}

TEST(FileHandleTest, JsonOfAnotherTypeThatLooksLikeOneIsNone) {
  Value value = ToValue(kHandle).value();
  value.set_type("dict");
  EXPECT_FALSE(IsFileHandle(value));
  EXPECT_THAT(FromValue<FileHandle>(value),
              FailsWith(ErrorCode::kInvalid, HasSubstr("cannot make a file handle")));
}

TEST(FileHandleTest, NeedsAKindAndAPath) {
  EXPECT_THAT(ToValue(FileHandle{.kind = "local", .path = ""}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("a kind and a path")));
  EXPECT_THAT(
      FromValue<FileHandle>(Value::Json(R"({"entrepot.file_handle":{"kind":"local"}})")),
      FailsWith(ErrorCode::kCorrupt, HasSubstr("path")));
}

}  // namespace
}  // namespace entrepot
