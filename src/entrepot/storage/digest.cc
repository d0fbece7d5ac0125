#include "entrepot/storage/digest.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <xxhash.h>

#include "entrepot/result.h"

namespace entrepot {
namespace {

struct EvpDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using EvpContext = std::unique_ptr<EVP_MD_CTX, EvpDeleter>;

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
  EvpContext sha256;
};

Digester::Digester(DigestChoice choice) : state_(std::make_unique<State>()) {
  ENTREPOT_CHECK(state_->xxh3 != nullptr);
  XXH3_128bits_reset(state_->xxh3.get());
  if (choice.sha256) {
    state_->sha256.reset(EVP_MD_CTX_new());
    ENTREPOT_CHECK(EVP_DigestInit_ex(state_->sha256.get(), EVP_sha256(), nullptr) == 1);
  }
}

Digester::~Digester() = default;
Digester::Digester(Digester&&) noexcept = default;
Digester& Digester::operator=(Digester&&) noexcept = default;

void Digester::Update(std::span<const std::byte> bytes) {
  XXH3_128bits_update(state_->xxh3.get(), bytes.data(), bytes.size());
  if (state_->sha256) {
    ENTREPOT_CHECK(EVP_DigestUpdate(state_->sha256.get(), bytes.data(), bytes.size()) ==
                   1);
  }
}

Digests Digester::Current() const {
  Digests digests{HexOf(XXH3_128bits_digest(state_->xxh3.get())), ""};
  if (state_->sha256) {
    const EvpContext copy(EVP_MD_CTX_new());
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    ENTREPOT_CHECK(EVP_MD_CTX_copy_ex(copy.get(), state_->sha256.get()) == 1 &&
                   EVP_DigestFinal_ex(copy.get(), bytes, &size) == 1);
    digests.sha256 = Hex({bytes, size});
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
