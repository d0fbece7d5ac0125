// Where keys lie on disk: below the base, each at a place of its own, in names that a
// filesystem takes, and never a file where another key needs a folder.
#include <algorithm>
#include <filesystem>

#include "entrepot/asset/key_path.h"
#include "fuzz_input.h"

namespace entrepot::fuzzing {
namespace {

using Parts = std::vector<std::string>;

// As the header promises; computed here once more.
constexpr size_t kLongestName = 255;
constexpr size_t kDotsExtensionAndTemporary = 2 + 16 + 7;  // ".<name>.<extension>.NN.tmp"

Parts Split(const std::string& path) {
  Parts parts(1);
  for (const char c : path) {
    if (c == '/') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

void CheckBelowBase(const std::string& path) {
  for (const std::string& name : Split(path)) {
    FUZZ_CHECK(!name.empty() && name != "." && name != "..");
    FUZZ_CHECK(name.size() <= kLongestName);
    FUZZ_CHECK(name.find('\0') == std::string::npos);
  }
  const std::filesystem::path whole = std::filesystem::path("/base") / (path + ".json");
  FUZZ_CHECK(whole.lexically_normal() == whole);
  FUZZ_CHECK(whole.string().starts_with("/base/"));
}

void CheckPart(const std::string& part) {
  const std::string encoded = EncodeKeyPart(part);
  FUZZ_CHECK(encoded.find_first_of(std::string_view("./\\=:*?\"<>|\0", 12)) ==
             std::string::npos);
  const auto decoded = DecodeKeyPart(encoded);
  FUZZ_CHECK(decoded.has_value() == !part.empty());
  if (decoded) FUZZ_CHECK(*decoded == part);
  if (const auto other = DecodeKeyPart(part)) FUZZ_CHECK(EncodeKeyPart(*other) == part);
}

bool IsTooLong(const std::string& part, size_t affixes) {
  return EncodeKeyPart(part).size() + affixes > kLongestName;
}

bool HasTooLongName(const FuzzedPlace& place, PathLayout layout) {
  for (const std::string& part : place.parts) {
    const bool is_file = &part == &place.parts.back();
    if (IsTooLong(part, is_file ? kDotsExtensionAndTemporary : 0)) return true;
  }
  if (!place.partition) return false;
  return layout == PathLayout::kHive
             ? IsTooLong(*place.partition, std::string_view("partition=").size())
             : IsTooLong(*place.partition, kDotsExtensionAndTemporary);
}

/// Reads a path of layout kHive back.
FuzzedPlace PlaceOf(const std::string& path) {
  FuzzedPlace place{Split(path), std::nullopt};
  if (place.parts.back() == "value" && place.parts.size() > 2 &&
      place.parts[place.parts.size() - 2].starts_with("partition=")) {
    place.parts.pop_back();
    place.partition = DecodeKeyPart(place.parts.back().substr(10)).value();
    place.parts.pop_back();
  }
  for (std::string& part : place.parts) part = DecodeKeyPart(part).value();
  return place;
}

/// Returns the path of `place`, or "" for what is refused, with good reason only.
std::string PathOf(const FuzzedPlace& place, PathLayout layout) {
  const auto key = AssetKey::Make(place.parts);
  if (!key) return "";
  const auto path = AssetPath(*key, place.partition, layout);
  const bool has_empty_partition = place.partition && place.partition->empty();
  FUZZ_CHECK(path.has_value() ==
             (!has_empty_partition && !HasTooLongName(place, layout)));
  if (!path) {
    FUZZ_CHECK(path.error().code() == ErrorCode::kInvalid);
    return "";
  }
  CheckBelowBase(*path);
  return *path;
}

/// No file of one is a folder of the other, whatever the extension.
void CheckNoFileIsAFolder(const std::string& file, const std::string& other) {
  const std::string folders = other.substr(0, other.rfind('/') + 1);
  for (const char* extension : {".parquet", ".json", ".txt", ".bin", ".pkl"}) {
    FUZZ_CHECK(!folders.starts_with(file + extension + "/"));
  }
}

void CheckTwoPlaces(const FuzzedPlace& a, const FuzzedPlace& b) {
  const std::string path_a = PathOf(a, PathLayout::kHive);
  const std::string path_b = PathOf(b, PathLayout::kHive);
  if (!path_a.empty()) FUZZ_CHECK(PlaceOf(path_a) == a);
  if (!path_a.empty() && !path_b.empty()) {
    FUZZ_CHECK((path_a == path_b) == (a == b));
    CheckNoFileIsAFolder(path_a, path_b);
    CheckNoFileIsAFolder(path_b, path_a);
  }
  const std::string plain_a = PathOf(a, PathLayout::kPlain);
  const std::string plain_b = PathOf(b, PathLayout::kPlain);
  if (plain_a.empty() || plain_b.empty()) return;
  // Dagster's layout: a/p is both asset a/p and partition p of asset a.
  const bool may_share = a.partition.has_value() != b.partition.has_value();
  FUZZ_CHECK((plain_a == plain_b) == (a == b) || may_share);
  CheckNoFileIsAFolder(plain_a, plain_b);
}

/// Returns the path of an op's output, or "" for what is refused.
std::string OutputPath(const Parts& output) {
  const auto path = OpOutputPath(output[0], output[1], output[2]);
  if (!path) {
    FUZZ_CHECK(path.error().code() == ErrorCode::kInvalid);
    FUZZ_CHECK(std::ranges::any_of(output, &std::string::empty) ||
               IsTooLong(output[0], 0) || IsTooLong(output[1], 0) ||
               IsTooLong(output[2], kDotsExtensionAndTemporary));
    return "";
  }
  CheckBelowBase(*path);
  return *path;
}

void CheckOutputs(Parts a, Parts b, const FuzzedPlace& place) {
  a.resize(3);
  b.resize(3);
  const std::string path_a = OutputPath(a);
  const std::string path_b = OutputPath(b);
  if (path_a.empty() || path_b.empty()) return;
  FUZZ_CHECK((path_a == path_b) == (a == b));
  CheckNoFileIsAFolder(path_a, path_b);
  if (const std::string asset = PathOf(place, PathLayout::kHive); !asset.empty()) {
    FUZZ_CHECK(asset != path_a);
    CheckNoFileIsAFolder(asset, path_a);
  }
}

}  // namespace
}  // namespace entrepot::fuzzing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace entrepot::fuzzing;
  FuzzInput input(data, size);
  const FuzzedPlace a = TakePlace(input);
  const FuzzedPlace b = TakePlace(input);
  for (const std::string& part : a.parts) CheckPart(part);
  if (a.partition) CheckPart(*a.partition);
  CheckTwoPlaces(a, b);
  CheckOutputs(a.parts, b.parts, a);
  return 0;
}
