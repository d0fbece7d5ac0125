#include "entrepot/asset/key_path.h"

#include <map>
#include <set>

#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOkAndHolds;
using ::testing::Not;

const std::vector<std::string> kAwkward = {
    "a",           "..",     ".",         ".hidden",
    "a.b",         "a/b",    "a\\b",      "a=b",
    "%",           "%2E",    "a%2Eb",     "CON",
    "é",           "日",     "\t",        "\n",
    "a b",         "a:b",    "*",         "?",
    "partition=x", "=value", "\xff\xfe",  "\xed\xa0\x80",
    "\x7f",        "tail.",  "x.parquet", std::string("nul\0byte", 8)};

TEST(KeyPathTest, EveryPartComesBack) {
  for (const std::string& part : kAwkward) {
    EXPECT_THAT(DecodeKeyPart(EncodeKeyPart(part)), IsOkAndHolds(part)) << part;
  }
}

TEST(KeyPathTest, EncodedPartsAreOrdinaryFileNames) {
  for (const std::string& part : kAwkward) {
    const std::string encoded = EncodeKeyPart(part);
    EXPECT_EQ(encoded.find_first_of(std::string("./\\=:*?\"<>|\0", 12)),
              std::string::npos)
        << encoded;
  }
}

TEST(KeyPathTest, DifferentPartsNeverShareAName) {
  std::map<std::string, std::string> seen;
  for (const std::string& part : kAwkward) {
    const auto [at, is_new] = seen.emplace(EncodeKeyPart(part), part);
    EXPECT_TRUE(is_new) << part << " and " << at->second;
  }
}

TEST(KeyPathTest, RefusesNamesItWouldNotWrite) {
  for (const char* name : {"", "%", "%2", "%2e", "%41", "a.b", "a=b", "%ZZ"}) {
    EXPECT_THAT(DecodeKeyPart(name), FailsWith(ErrorCode::kInvalid)) << name;
  }
}

TEST(KeyPathTest, PartitionsAreFoldersTheHiveWayOrPlain) {
  const AssetKey key = AssetKey::Parse("raw/orders").value();
  EXPECT_THAT(AssetPath(key, std::nullopt, PathLayout::kHive),
              IsOkAndHolds("raw/orders"));
  EXPECT_THAT(AssetPath(key, "2024-05-01", PathLayout::kHive),
              IsOkAndHolds("raw/orders/partition=2024-05-01/value"));
  EXPECT_THAT(AssetPath(key, "2024-05-01", PathLayout::kPlain),
              IsOkAndHolds("raw/orders/2024-05-01"));
  EXPECT_THAT(AssetPath(key, "a/../b", PathLayout::kHive),
              IsOkAndHolds("raw/orders/partition=a%2F%2E%2E%2Fb/value"));
}

TEST(KeyPathTest, NoFileStandsWhereAnotherKeyNeedsAFolder) {
  // The file of {"a.parquet"} or {"a"} with any extension, against the folder of {p,
  // "b"}.
  std::set<std::string> folders;
  for (const std::string& part : kAwkward) {
    folders.insert(EncodeKeyPart(part));
  }
  for (const std::string& part : kAwkward) {
    const auto path =
        AssetPath(AssetKey::Make({part}).value(), std::nullopt, PathLayout::kHive);
    EXPECT_EQ(folders.count(path.value() + ".parquet"), 0u) << part;
  }
}

TEST(KeyPathTest, RefusesANameThatWouldBeTooLong) {
  const auto path = [](size_t length) {
    return AssetPath(AssetKey::Make({std::string(length, 'x')}).value(), std::nullopt,
                     PathLayout::kHive);
  };
  EXPECT_THAT(path(230), testing::IsOk());
  EXPECT_THAT(path(231), FailsWith(ErrorCode::kInvalid, HasSubstr("too long")));
  EXPECT_THAT(AssetPath(AssetKey::Make({std::string(100, '.')}).value(), std::nullopt,
                        PathLayout::kHive),
              FailsWith(ErrorCode::kInvalid, HasSubstr("300 bytes once encoded")));
}

TEST(KeyPathTest, OpOutputsLieApartFromAssets) {
  EXPECT_THAT(OpOutputPath("run", "step.1", "result"),
              IsOkAndHolds(".runs/run/step%2E1/result"));
}

TEST(KeyPathTest, OpOutputsWithAnEmptyPartAreRefused) {
  // Run "" with step "a" and run "a" with step "" would lie at one place.
  EXPECT_THAT(OpOutputPath("", "a", "b"), FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(OpOutputPath("a", "", "b"), FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(OpOutputPath("a", "b", ""), FailsWith(ErrorCode::kInvalid));
}

}  // namespace
}  // namespace entrepot
