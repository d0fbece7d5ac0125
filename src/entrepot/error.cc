#include "entrepot/error.h"

#include <cerrno>
#include <system_error>

namespace entrepot {
namespace {

struct CodeFacts {
  std::string_view name;
  int exit_code;
};

// In the order of ErrorCode.
constexpr CodeFacts kFacts[] = {
    {"invalid", 2},    {"not found", 3},   {"conflict", 4},        {"corrupt", 5},
    {"permission", 6}, {"unavailable", 7}, {"outcome unknown", 8}, {"unsupported", 9},
    {"user code", 1},  {"cancelled", 130}, {"internal", 70},
};

std::string TextOf(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "an exception that is not a std::exception";
  }
}

}  // namespace

std::string_view ToString(ErrorCode code) {
  return kFacts[static_cast<size_t>(code)].name;
}

int ExitCodeFor(ErrorCode code) { return kFacts[static_cast<size_t>(code)].exit_code; }

Error::Error(ErrorCode code, std::string message)
    : state_(
          std::make_shared<const State>(State{code, std::move(message), {}, nullptr})) {}

Error Error::FromException(std::exception_ptr exception, std::string message,
                           ErrorCode code) {
  if (message.empty()) message = TextOf(exception);
  return Error(std::make_shared<const State>(
      State{code, std::move(message), {}, std::move(exception)}));
}

Error Error::While(std::string doing) const {
  auto state = std::make_shared<State>(*state_);
  state->context.insert(state->context.begin(), std::move(doing));
  return Error(std::move(state));
}

std::string Error::ToString() const {
  std::string text;
  for (const std::string& line : context()) text += line + ": ";
  return text + message();
}

Error FromErrno(int error_number, std::string_view doing) {
  const std::string why = std::generic_category().message(error_number);
  const auto make = [&](ErrorCode code) {
    return Error(code, fmt::format("{}: {}", doing, why));
  };
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return make(ErrorCode::kNotFound);
    case EACCES:
    case EPERM:
    case EROFS:
      return make(ErrorCode::kPermission);
    case EEXIST:
      return make(ErrorCode::kConflict);
    case ENAMETOOLONG:
    case EINVAL:
    case EISDIR:
      return make(ErrorCode::kInvalid);
    case EOPNOTSUPP:
    case ENOSYS:
      return make(ErrorCode::kUnsupported);
    default:  // EIO, ENOSPC, EDQUOT, EMFILE, EBUSY, …: the place cannot serve us now.
      return make(ErrorCode::kUnavailable);
  }
}

}  // namespace entrepot
