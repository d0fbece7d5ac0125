#pragma once

/// \file tests/fuzz/fuzz_input.h
/// What the targets share: fields from the fuzzer's bytes, and checks of properties.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace entrepot::fuzzing {

/// Reads fields from the fuzzer's bytes such that every sequence of bytes has a meaning
/// and seeds can be written by hand: a field ends at a '\' and a byte after it, which
/// tells what comes next; "\\" is one '\' of the field. One thread at a time.
class FuzzInput {
 public:
  FuzzInput(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  struct Field {
    std::string text;
    char end = '\0';  ///< The byte after the '\' that ended it; 0 at the end of input.
  };

  Field TakeField() {
    Field field;
    while (!rest_.empty()) {
      const char c = TakeChar();
      if (c != '\\' || rest_.empty()) {
        field.text += c;
      } else if (const char next = TakeChar(); next == '\\') {
        field.text += next;
      } else {
        field.end = next;
        return field;
      }
    }
    return field;
  }

  std::string TakeText() { return TakeField().text; }

  /// Returns what no field has taken yet.
  std::string_view rest() const { return rest_; }

 private:
  char TakeChar() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  std::string_view rest_;
};

/// A key's parts, which may be no key at all, and perhaps a partition. Written by hand:
/// raw\/orders\=2024\; (parts raw and orders, partition 2024).
struct FuzzedPlace {
  std::vector<std::string> parts;
  std::optional<std::string> partition;

  friend bool operator==(const FuzzedPlace&, const FuzzedPlace&) = default;
};

inline FuzzedPlace TakePlace(FuzzInput& input) {
  FuzzedPlace place;
  while (true) {
    FuzzInput::Field field = input.TakeField();
    place.parts.push_back(std::move(field.text));
    if (field.end == '=') {
      place.partition = input.TakeText();
      return place;
    }
    if (field.end != '/') return place;
  }
}

[[noreturn]] inline void PropertyBroken(const char* condition, const char* file,
                                        int line) {
  std::fprintf(stderr, "%s:%d: this property does not hold: %s\n", file, line, condition);
  std::abort();
}

}  // namespace entrepot::fuzzing

/// Ends the process, which is what a fuzzer takes for a find, unless `condition` holds.
#define FUZZ_CHECK(condition)   \
  (static_cast<bool>(condition) \
       ? static_cast<void>(0)   \
       : ::entrepot::fuzzing::PropertyBroken(#condition, __FILE__, __LINE__))
