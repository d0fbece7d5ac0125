#pragma once

/// \file entrepot/result.h
/// `Result<T>`: a value or an `Error`, with the member names of std::expected.
///
///   Result<int> Parse(std::string_view text);
///   ENTREPOT_ASSIGN_OR_RETURN(const int n, Parse("7"));   // inside: errors go up
///   int n = Parse("7").value();                            // at the edge: throws
///   ErrorException

#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <variant>

#include "entrepot/error.h"

namespace entrepot {

/// Thrown by `Result::value()` of a result that holds an error.
class ErrorException : public std::runtime_error {
 public:
  explicit ErrorException(Error error)
      : std::runtime_error(error.ToString()), error_(std::move(error)) {}
  const Error& error() const { return error_; }

 private:
  Error error_;
};

/// Throws what an error stands for: the user's own exception where it holds one, else
/// ErrorException.
[[noreturn]] void ThrowError(const Error& error);

namespace internal {

/// What the error of a success is: kInternal, and says so.
const Error& NotAnError();

}  // namespace internal

/// Holds a T or an Error. One thread at a time.
template <typename T>
class [[nodiscard]] Result {
  static_assert(!std::is_reference_v<T> && !std::is_same_v<std::remove_cv_t<T>, Error>);

 public:
  using value_type = T;

  /// Converts from anything that converts to T, and from Error.
  template <typename U = T>
    requires(!std::is_same_v<std::remove_cvref_t<U>, Result> &&  // First: T may be any.
             !std::is_same_v<std::remove_cvref_t<U>, Error> &&
             std::is_convertible_v<U &&, T>)
  Result(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}  // NOLINT
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}      // NOLINT

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  const T& operator*() const& { return std::get<0>(state_); }
  T& operator*() & { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  const T* operator->() const { return &std::get<0>(state_); }
  T* operator->() { return &std::get<0>(state_); }

  /// Of a success, one of kInternal: whoever asks has not looked.
  const Error& error() const {
    return has_value() ? internal::NotAnError() : std::get<1>(state_);
  }

  /// Returns the value, or throws what the error stands for (see ThrowError).
  const T& value() const& {
    if (!has_value()) ThrowError(error());
    return **this;
  }
  T value() && {
    if (!has_value()) ThrowError(error());
    return *std::move(*this);
  }

  template <typename U>
  T value_or(U&& other) const& {
    return has_value() ? **this : static_cast<T>(std::forward<U>(other));
  }

 private:
  std::variant<T, Error> state_;
};

/// The result of something that yields no value: success, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT

  bool has_value() const { return !error_; }
  explicit operator bool() const { return has_value(); }
  const Error& error() const { return error_ ? *error_ : internal::NotAnError(); }
  void value() const {
    if (error_) ThrowError(*error_);
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

namespace internal {

template <typename T>
bool Succeeded(const Result<T>& result) {
  return result.has_value();
}
template <typename T>
const Error& ErrorOf(const Result<T>& result) {
  return result.error();
}
template <typename T>
T TakeValue(Result<T>&& result) {
  return *std::move(result);
}

[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace internal
}  // namespace entrepot

#define ENTREPOT_INTERNAL_CONCAT2(a, b) a##b
#define ENTREPOT_INTERNAL_CONCAT(a, b) ENTREPOT_INTERNAL_CONCAT2(a, b)

/// Returns the error of `expression` (one of our results, or Arrow's where arrow_result.h
/// is included) from the enclosing function; goes on where it succeeded.
#define ENTREPOT_RETURN_IF_ERROR(expression)                 \
  do {                                                       \
    auto&& entrepot_status = (expression);                   \
    if (!::entrepot::internal::Succeeded(entrepot_status)) { \
      return ::entrepot::internal::ErrorOf(entrepot_status); \
    }                                                        \
  } while (false)

/// Declares or assigns `target` from the value of `expression`, or returns its error.
#define ENTREPOT_ASSIGN_OR_RETURN(target, expression)                                    \
  ENTREPOT_INTERNAL_ASSIGN(ENTREPOT_INTERNAL_CONCAT(entrepot_result_, __LINE__), target, \
                           expression)
#define ENTREPOT_INTERNAL_ASSIGN(result, target, expression) \
  auto result = (expression);                                \
  if (!::entrepot::internal::Succeeded(result)) {            \
    return ::entrepot::internal::ErrorOf(result);            \
  }                                                          \
  target = ::entrepot::internal::TakeValue(std::move(result))

/// Ends the process where one of our own invariants is broken; never for user input.
#define ENTREPOT_CHECK(condition) \
  (static_cast<bool>(condition)   \
       ? static_cast<void>(0)     \
       : ::entrepot::internal::CheckFailed(#condition, __FILE__, __LINE__))
