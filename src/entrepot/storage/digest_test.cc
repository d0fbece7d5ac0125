#include "entrepot/storage/digest.h"

#include <string_view>

#include <gtest/gtest.h>

namespace entrepot {
namespace {

std::span<const std::byte> Bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

TEST(DigestTest, AgreesWithPublishedTestVectors) {
  // XXH3-128 of nothing, from xxHash's own tests; SHA-256 of "abc", from FIPS 180-2.
  EXPECT_EQ(DigestOf({}).xxh3, "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(DigestOf(Bytes("abc"), {.sha256 = true}).sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(DigestOf(Bytes("abc")).sha256, "");
}

TEST(DigestTest, PiecesGiveTheSameAsTheWhole) {
  const std::string text(100'000, 'x');
  Digester digester({.sha256 = true});
  for (size_t i = 0; i < text.size(); i += 777) {
    digester.Update(Bytes(std::string_view(text).substr(i, 777)));
    (void)digester.Current();  // Asking in between changes nothing.
  }
  EXPECT_EQ(digester.Current().xxh3, DigestOf(Bytes(text)).xxh3);
  EXPECT_EQ(digester.Current().sha256, DigestOf(Bytes(text), {.sha256 = true}).sha256);
}

}  // namespace
}  // namespace entrepot
