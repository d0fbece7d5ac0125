#pragma once

/// \file entrepot/config/secret.h
/// Text that nobody may see: passwords, tokens.

#include <string>
#include <utility>

#include <fmt/format.h>

namespace entrepot {

/// A secret of an options struct. It has no operator<<, and fmt prints '***'. Concurrent
/// const use only.
class Secret {
 public:
  Secret() = default;

  /// With the name of the environment variable it came from: configuration that is kept
  /// says that name, never the text; without one it says nothing.
  explicit Secret(std::string text, std::string variable = "")
      : text_(std::move(text)), variable_(std::move(variable)) {}

  /// Returns the text itself: for the call that needs it, never for a message.
  const std::string& Reveal() const { return text_; }

  const std::string& variable() const { return variable_; }
  bool empty() const { return text_.empty(); }

  friend bool operator==(const Secret&, const Secret&) = default;

 private:
  std::string text_;
  std::string variable_;
};

}  // namespace entrepot

template <>
struct fmt::formatter<entrepot::Secret> : fmt::formatter<std::string_view> {
  auto format(const entrepot::Secret&, fmt::format_context& context) const {
    return fmt::formatter<std::string_view>::format("***", context);
  }
};
