#include "entrepot/sql/adbc_internal.h"

#include <dlfcn.h>

#include <string_view>

#include <arrow/array.h>
#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "entrepot/arrow_result.h"

namespace entrepot {
namespace {

/// Runs `call`, which gets the AdbcError to fill.
template <typename Call>
Status Run(Call&& call) {
  AdbcError error = ADBC_ERROR_INIT;
  const AdbcStatusCode code = call(&error);
  if (code != ADBC_STATUS_OK) return TakeAdbcError(code, error);
  return {};
}

/// Frees a stream that nobody imported.
struct OwnedStream {
  ArrowArrayStream stream{};
  ~OwnedStream() {
    if (stream.release != nullptr) stream.release(&stream);
  }
};

/// Says what a SQLSTATE means to a caller; its first two characters are its class.
ErrorCode CodeOf(AdbcStatusCode code, std::string_view sql_state) {
  const std::string_view sql_class = sql_state.substr(0, 2);
  if (sql_class == "28" || sql_state == "42501") return ErrorCode::kPermission;
  if (sql_class == "22") return ErrorCode::kInvalid;
  if (sql_class == "08" || sql_class == "53" || sql_class == "57" || sql_class == "40")
    return ErrorCode::kUnavailable;
  switch (code) {
    case ADBC_STATUS_NOT_FOUND:
      return ErrorCode::kNotFound;
    case ADBC_STATUS_UNAUTHENTICATED:
    case ADBC_STATUS_UNAUTHORIZED:
      return ErrorCode::kPermission;
    case ADBC_STATUS_NOT_IMPLEMENTED:
      return ErrorCode::kUnsupported;
    case ADBC_STATUS_IO:
    case ADBC_STATUS_TIMEOUT:
      return ErrorCode::kUnavailable;
    case ADBC_STATUS_CANCELLED:
      return ErrorCode::kCancelled;
    default:
      return ErrorCode::kInvalid;
  }
}

}  // namespace

Error TakeAdbcError(AdbcStatusCode code, AdbcError& error) {
  std::string message = error.message != nullptr ? error.message : "no reason given";
  const std::string sql_state(error.sqlstate, strnlen(error.sqlstate, 5));
  if (error.release != nullptr) error.release(&error);
  while (!message.empty() && (message.back() == '\n' || message.back() == ' '))
    message.pop_back();
  return Error(CodeOf(code, sql_state), std::move(message));
}

Result<std::shared_ptr<const AdbcDriverLibrary>> AdbcDriverLibrary::Load(
    const std::string& library, const char* entry_point) {
  // Never closed: what it brings along registers functions for the process's end.
  void* const handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* why = dlerror();
    return Unsupported("the ADBC driver '{}' cannot be loaded: {}", library,
                       why != nullptr ? why : "no reason given");
  }
  const auto init = reinterpret_cast<AdbcDriverInitFunc>(dlsym(handle, entry_point));
  if (init == nullptr) return Unsupported("'{}' has no '{}'", library, entry_point);
  auto loaded = std::make_shared<AdbcDriverLibrary>();
  ENTREPOT_RETURN_IF_ERROR(Run([&](AdbcError* error) {
    return init(ADBC_VERSION_1_1_0, &loaded->driver_, error);
  }));
  return loaded;
}

/// A statement of the session, released at its end.
class AdbcSession::Statement {
 public:
  explicit Statement(AdbcSession& session)
      : session_(session), driver_(session.driver_->functions()) {}
  ~Statement() {
    AdbcError error = ADBC_ERROR_INIT;
    if (statement_.private_data != nullptr) driver_.StatementRelease(&statement_, &error);
    if (error.release != nullptr) error.release(&error);
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Status Prepare(const std::string& sql,
                 const std::map<std::string, std::string>& options) {
    ENTREPOT_RETURN_IF_ERROR(Run([&](AdbcError* error) {
      return driver_.StatementNew(&session_.connection_, &statement_, error);
    }));
    for (const auto& [name, value] : options) {
      ENTREPOT_RETURN_IF_ERROR(Run([&](AdbcError* error) {
        return driver_.StatementSetOption(&statement_, name.c_str(), value.c_str(),
                                          error);
      }));
    }
    return Run([&](AdbcError* error) {
      return driver_.StatementSetSqlQuery(&statement_, sql.c_str(), error);
    });
  }

  Status Bind(const arrow::RecordBatch& parameters) {
    ArrowArray array{};
    ArrowSchema schema{};
    ENTREPOT_RETURN_IF_ERROR(arrow::ExportRecordBatch(parameters, &array, &schema));
    return Run([&](AdbcError* error) {
      return driver_.StatementBind(&statement_, &array, &schema, error);
    });
  }

  /// Without a stream, rows are dropped.
  Status Execute(ArrowArrayStream* rows) {
    return Run([&](AdbcError* error) {
      return driver_.StatementExecuteQuery(&statement_, rows, nullptr, error);
    });
  }

 private:
  AdbcSession& session_;
  AdbcDriver& driver_;
  AdbcStatement statement_{};
};

Result<std::unique_ptr<AdbcSession>> AdbcSession::Open(
    std::shared_ptr<const AdbcDriverLibrary> library, const std::string& uri) {
  auto session = std::unique_ptr<AdbcSession>(new AdbcSession(std::move(library)));
  AdbcDriver& driver = session->driver_->functions();
  AdbcDatabase* const database = &session->database_;
  AdbcConnection* const connection = &session->connection_;
  ENTREPOT_RETURN_IF_ERROR(
      Run([&](AdbcError* error) { return driver.DatabaseNew(database, error); }));
  ENTREPOT_RETURN_IF_ERROR(Run([&](AdbcError* error) {
    return driver.DatabaseSetOption(database, ADBC_OPTION_URI, uri.c_str(), error);
  }));
  ENTREPOT_RETURN_IF_ERROR(
      Run([&](AdbcError* error) { return driver.DatabaseInit(database, error); }));
  ENTREPOT_RETURN_IF_ERROR(
      Run([&](AdbcError* error) { return driver.ConnectionNew(connection, error); }));
  ENTREPOT_RETURN_IF_ERROR(Run([&](AdbcError* error) {
    return driver.ConnectionInit(connection, database, error);
  }));
  return session;
}

AdbcSession::~AdbcSession() {
  // Whatever fails here, there is nothing left to be lost: sessions only read.
  AdbcDriver& driver = driver_->functions();
  AdbcError error = ADBC_ERROR_INIT;
  if (connection_.private_data != nullptr) driver.ConnectionRelease(&connection_, &error);
  if (database_.private_data != nullptr) driver.DatabaseRelease(&database_, &error);
  if (error.release != nullptr) error.release(&error);
}

Status AdbcSession::Execute(const std::string& sql,
                            const std::shared_ptr<arrow::RecordBatch>& parameters) {
  Statement statement(*this);
  ENTREPOT_RETURN_IF_ERROR(statement.Prepare(sql, {}));
  if (parameters) ENTREPOT_RETURN_IF_ERROR(statement.Bind(*parameters));
  return statement.Execute(nullptr);
}

Result<arrow::RecordBatchVector> AdbcSession::Query(
    const std::string& sql, const std::shared_ptr<arrow::RecordBatch>& parameters,
    const std::map<std::string, std::string>& options) {
  Statement statement(*this);
  ENTREPOT_RETURN_IF_ERROR(statement.Prepare(sql, options));
  if (parameters) ENTREPOT_RETURN_IF_ERROR(statement.Bind(*parameters));
  OwnedStream rows;
  ENTREPOT_RETURN_IF_ERROR(statement.Execute(&rows.stream));

  // Read by hand: Arrow's importer would drop the SQLSTATE of an error.
  const auto failed = [&](int error_number) -> Error {
    const char* why = rows.stream.get_last_error(&rows.stream);
    const auto details = driver_->functions().ErrorFromArrayStream;
    AdbcStatusCode code = ADBC_STATUS_IO;
    const AdbcError* error = details == nullptr ? nullptr : details(&rows.stream, &code);
    if (error == nullptr) return Unavailable("{} ({})", why ? why : "", error_number);
    AdbcError borrowed = *error;  // The stream frees it.
    borrowed.release = nullptr;
    return TakeAdbcError(code, borrowed);
  };
  ArrowSchema c_schema{};
  if (const int code = rows.stream.get_schema(&rows.stream, &c_schema); code != 0)
    return failed(code);
  ENTREPOT_ASSIGN_OR_RETURN(const auto schema, arrow::ImportSchema(&c_schema));
  arrow::RecordBatchVector batches;
  while (true) {
    ArrowArray array{};
    if (const int code = rows.stream.get_next(&rows.stream, &array); code != 0)
      return failed(code);
    if (array.release == nullptr) break;
    ENTREPOT_ASSIGN_OR_RETURN(auto batch, arrow::ImportRecordBatch(&array, schema));
    batches.push_back(std::move(batch));
  }
  if (batches.empty()) {
    ENTREPOT_ASSIGN_OR_RETURN(auto batch, arrow::RecordBatch::MakeEmpty(schema));
    batches.push_back(std::move(batch));
  }
  return batches;
}

}  // namespace entrepot
