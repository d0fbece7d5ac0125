#include "entrepot/storage/digest.h"

#include <array>
#include <optional>

#include <fmt/format.h>
#include <nettle/sha2.h>
#include <xxhash.h>

#include "entrepot/result.h"

namespace entrepot {
namespace {

struct XxhDeleter {
  void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

std::string Hex(std::span<const unsigned char> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const unsigned char byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string HexOf(XXH128_hash_t hash) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  return Hex(canonical.digest);
}

}  // namespace

struct Digester::State {
  std::unique_ptr<XXH3_state_t, XxhDeleter> xxh3{XXH3_createState()};
  std::optional<sha256_ctx> sha256;
};

Digester::Digester(DigestChoice choice) : state_(std::make_unique<State>()) {
  ENTREPOT_CHECK(state_->xxh3 != nullptr);
  XXH3_128bits_reset(state_->xxh3.get());
  if (choice.sha256) sha256_init(&state_->sha256.emplace());
}

Digester::~Digester() = default;
Digester::Digester(Digester&&) noexcept = default;
Digester& Digester::operator=(Digester&&) noexcept = default;

void Digester::Update(std::span<const std::byte> bytes) {
  XXH3_128bits_update(state_->xxh3.get(), bytes.data(), bytes.size());
  if (state_->sha256) {
    sha256_update(&*state_->sha256, bytes.size(),
                  reinterpret_cast<const std::uint8_t*>(bytes.data()));
  }
}

Digests Digester::Current() const {
  Digests digests{HexOf(XXH3_128bits_digest(state_->xxh3.get())), ""};
  if (state_->sha256) {
    sha256_ctx copy = *state_->sha256;
    std::array<unsigned char, SHA256_DIGEST_SIZE> bytes;
    sha256_digest(&copy, bytes.size(), bytes.data());
    digests.sha256 = Hex(bytes);
  }
  return digests;
}

Digests DigestOf(std::span<const std::byte> bytes, DigestChoice choice) {
  if (!choice.sha256) return {HexOf(XXH3_128bits(bytes.data(), bytes.size())), ""};
  Digester digester(choice);
  digester.Update(bytes);
  return digester.Current();
}

}  // namespace entrepot
