#pragma once

/// \file entrepot/storage/digest.h
/// Fingerprints of stored bytes.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace entrepot {

/// Which digests to compute.
struct DigestChoice {
  bool sha256 = false;  ///< SHA-256 too: where a forged file would run code.
};

/// Fingerprints of some bytes, as lower-case hex.
struct Digests {
  std::string
      xxh3;  ///< XXH3-128, canonical byte order, 32 digits. Finds damage, not forgery.
  std::string sha256;  ///< 64 digits, or "" where not asked for.
};

/// Computes digests of bytes as they pass. One thread at a time.
class Digester {
 public:
  explicit Digester(DigestChoice choice = {});
  ~Digester();
  Digester(Digester&&) noexcept;
  Digester& operator=(Digester&&) noexcept;

  void Update(std::span<const std::byte> bytes);

  /// Returns the digests of all bytes so far; more may follow.
  Digests Current() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Returns the digests of `bytes`.
Digests DigestOf(std::span<const std::byte> bytes, DigestChoice choice = {});

}  // namespace entrepot
