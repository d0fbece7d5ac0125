#pragma once

/// \file entrepot/error.h
/// What went wrong, as data: a code to act on, a sentence to read, and the layers it
/// passed.

#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace entrepot {

/// Classifies errors by what a caller can do about them. Exit codes and Python classes
/// follow from it (docs/errors.md).
enum class ErrorCode {
  kInvalid,         ///< The request or definition is wrong; it will never work as given.
  kNotFound,        ///< The asset, partition, version or file is not there.
  kConflict,        ///< Somebody else changed it first; read again, then retry.
  kCorrupt,         ///< The bytes are not what was stored.
  kPermission,      ///< The place refuses us.
  kUnavailable,     ///< The place did not answer or is full; a retry may help.
  kOutcomeUnknown,  ///< It broke while publishing; read before retrying.
  kUnsupported,     ///< Nothing here can do this (no codec, no such feature).
  kUserCode,        ///< User code raised; `Error::exception()` holds the original.
  kCancelled,       ///< Stopped on request.
  kInternal,        ///< A broken invariant: our bug.
};

/// Returns the code's name as users see it, e.g. "not found".
std::string_view ToString(ErrorCode code);

/// Returns the process exit code of a command that failed with `code` (docs/cli.md).
int ExitCodeFor(ErrorCode code);

/// An error: code, message, what was being done (outermost first), and the exception it
/// came from, if any. Cheap to copy; immutable. Safe for concurrent use.
class [[nodiscard]] Error {
 public:
  Error(ErrorCode code, std::string message);

  /// Wraps an exception thrown by user code. The message is the exception's own text, or
  /// `message` where given; `code` is kCancelled for one that asks to stop.
  static Error FromException(std::exception_ptr exception, std::string message = {},
                             ErrorCode code = ErrorCode::kUserCode);

  ErrorCode code() const { return state_->code; }

  /// The innermost sentence, without context.
  const std::string& message() const { return state_->message; }

  /// What was being done, outermost first.
  const std::vector<std::string>& context() const { return state_->context; }

  /// The exception raised by user code, or null.
  std::exception_ptr exception() const { return state_->exception; }

  /// Returns this error with one more (outer) line of context, e.g. "loading input 'a'".
  Error While(std::string doing) const;

  /// Context and message joined by ": ", outermost first.
  std::string ToString() const;

 private:
  struct State {
    ErrorCode code;
    std::string message;
    std::vector<std::string> context;
    std::exception_ptr exception;
  };
  explicit Error(std::shared_ptr<const State> state) : state_(std::move(state)) {}

  std::shared_ptr<const State> state_;
};

/// Makers: `return Invalid("no such field: '{}'", name);`
#define ENTREPOT_INTERNAL_ERROR_MAKER(Name, Code)                                    \
  template <typename... Args>                                                        \
  Error Name(fmt::format_string<Args...> format, Args&&... args) {                   \
    return Error(ErrorCode::Code, fmt::format(format, std::forward<Args>(args)...)); \
  }
ENTREPOT_INTERNAL_ERROR_MAKER(Invalid, kInvalid)
ENTREPOT_INTERNAL_ERROR_MAKER(NotFound, kNotFound)
ENTREPOT_INTERNAL_ERROR_MAKER(Conflict, kConflict)
ENTREPOT_INTERNAL_ERROR_MAKER(Corrupt, kCorrupt)
ENTREPOT_INTERNAL_ERROR_MAKER(PermissionDenied, kPermission)
ENTREPOT_INTERNAL_ERROR_MAKER(Unavailable, kUnavailable)
ENTREPOT_INTERNAL_ERROR_MAKER(Unsupported, kUnsupported)
ENTREPOT_INTERNAL_ERROR_MAKER(Cancelled, kCancelled)
ENTREPOT_INTERNAL_ERROR_MAKER(Internal, kInternal)
#undef ENTREPOT_INTERNAL_ERROR_MAKER

/// Returns the error for a failed system call: its code by `error_number`, its text from
/// the system. `doing` says what was tried, e.g. "opening '/data/a.parquet'".
Error FromErrno(int error_number, std::string_view doing);

}  // namespace entrepot
