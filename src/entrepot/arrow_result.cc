#include "entrepot/arrow_result.h"

#include <arrow/util/io_util.h>

namespace entrepot {
namespace {

/// Carries our error through Arrow's frames unchanged.
class OurErrorDetail final : public arrow::StatusDetail {
 public:
  explicit OurErrorDetail(Error error) : error_(std::move(error)) {}
  const char* type_id() const override { return kTypeId; }
  // Printed after the status's message, which has the rest.
  std::string ToString() const override {
    return std::string(entrepot::ToString(error_.code()));
  }
  const Error& error() const { return error_; }

  static constexpr const char* kTypeId = "entrepot::Error";

 private:
  Error error_;
};

ErrorCode CodeOf(const arrow::Status& status) {
  switch (status.code()) {
    case arrow::StatusCode::KeyError:
    case arrow::StatusCode::TypeError:
    case arrow::StatusCode::Invalid:
    case arrow::StatusCode::IndexError:
      return ErrorCode::kInvalid;
    case arrow::StatusCode::NotImplemented:
      return ErrorCode::kUnsupported;
    case arrow::StatusCode::AlreadyExists:
      return ErrorCode::kConflict;
    case arrow::StatusCode::Cancelled:
      return ErrorCode::kCancelled;
    case arrow::StatusCode::IOError:
    case arrow::StatusCode::OutOfMemory:
    case arrow::StatusCode::CapacityError:
      return ErrorCode::kUnavailable;
    case arrow::StatusCode::SerializationError:
      return ErrorCode::kCorrupt;
    default:
      return ErrorCode::kInternal;
  }
}

}  // namespace

const Error* OurErrorIn(const arrow::Status& status) {
  const auto& detail = status.detail();
  if (!detail || std::string_view(detail->type_id()) != OurErrorDetail::kTypeId)
    return nullptr;
  return &static_cast<const OurErrorDetail&>(*detail).error();
}

Error FromArrow(const arrow::Status& status) {
  if (const Error* ours = OurErrorIn(status)) return *ours;
  if (const int number = arrow::internal::ErrnoFromStatus(status)) {
    return FromErrno(number, status.message());
  }
  return Error(CodeOf(status), status.message());
}

arrow::Status ToArrow(const Error& error) {
  return arrow::Status(arrow::StatusCode::IOError, error.ToString(),
                       std::make_shared<OurErrorDetail>(error));
}

}  // namespace entrepot
