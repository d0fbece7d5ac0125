#pragma once

/// \file entrepot/value/value.h
/// What flows between steps, managers and codecs.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeindex>
#include <utility>
#include <variant>
#include <vector>

#include <arrow/type_fwd.h>

#include "entrepot/result.h"
#include "entrepot/value/file_path.h"
#include "entrepot/value/tensor.h"

namespace entrepot {

using TablePtr = std::shared_ptr<arrow::Table>;
using RecordBatchReaderPtr = std::shared_ptr<arrow::RecordBatchReader>;

/// The closed set of shapes a value can have.
enum class ValueKind {
  kNothing,  ///< No value at all: nothing is stored.
  kBytes,    ///< Opaque bytes.
  kText,     ///< UTF-8 text.
  kJson,     ///< JSON, as UTF-8 text.
  kTable,    ///< An Arrow table: columns of equal length, in memory.
  kStream,   ///< Arrow record batches, read once, of unknown number.
  kTensor,   ///< An n-dimensional array of fixed-size elements (tensor.h).
  kForeign,  ///< An object only its own language understands.
  kFile,     ///< A file of this machine (file_path.h).
  kFolder,   ///< A folder with all that is in it.
  kMap,      ///< Values by key, in an order: several partitions. Never stored as one.
};

/// Returns the kind's name as receipts carry it, e.g. "table".
std::string_view ToString(ValueKind kind);

class Value;

/// An object of a language (or C++ type) the core knows nothing about. Held by shared
/// pointer; its destructor may take that language's locks, so never destroy one while
/// holding a lock. Safe for concurrent use.
class ForeignObject {
 public:
  virtual ~ForeignObject() = default;

  /// The object's type, as its users write it, e.g. "pandas.DataFrame".
  virtual std::string type() const = 0;

  /// The C++ type or language adapter behind the object; `typeid(void)` for neither.
  virtual std::type_index identity() const = 0;

  /// Returns an equal value of a kind that codecs know (same type()), or the object
  /// itself (kForeign) where only a codec of its own language can take it.
  ///
  /// Errors: kUnsupported  nothing can store such an object
  virtual Result<Value> ToStorable() const = 0;

  /// Returns what a consumer may be given instead of reading the stored value back: an
  /// object that behaves exactly as the reloaded one would. nullopt: reload.
  virtual std::optional<Value> HandedOver() const = 0;

  /// Bytes held, as far as known cheaply; for deciding what to keep.
  virtual std::int64_t size_bytes() const = 0;

  /// Rows, of what is a table in its language; nullopt for all else.
  virtual std::optional<std::int64_t> num_rows() const { return std::nullopt; }
};

/// A value of one kind, and the name of the type its producer knew it by. Copies share
/// the data, which is immutable (but for streams, which are read once). Concurrent const
/// use only. Beware: destroying a kForeign value, or Arrow data that another language
/// owns, may take that language's locks.
class Value {
 public:
  /// Nothing.
  Value() = default;

  static Value Bytes(std::shared_ptr<arrow::Buffer> bytes, std::string type = {});
  static Value Bytes(std::string bytes, std::string type = {});

  /// Takes UTF-8.
  static Value Text(std::string text, std::string type = {});

  /// Takes JSON text; the caller vouches that it is JSON.
  static Value Json(std::string json, std::string type = {});
  static Value Table(TablePtr table, std::string type = {});
  static Value Stream(RecordBatchReaderPtr reader, std::string type = {});
  static Value Tensor(entrepot::Tensor tensor, std::string type = {});
  static Value Foreign(std::shared_ptr<const ForeignObject> object);

  /// Takes values by key, in their order.
  static Value Map(std::vector<std::pair<std::string, Value>> entries);

  /// Take what is there; the caller vouches that it is a file, or a folder.
  static Value File(FilePath file, std::string type = {});
  static Value Folder(FilePath folder, std::string type = {});

  ValueKind kind() const { return static_cast<ValueKind>(data_.index()); }

  /// What the producer's language calls the value's type; may be empty.
  const std::string& type() const { return type_; }
  void set_type(std::string type) { type_ = std::move(type); }

  /// Accessors; the kind must match.
  const std::shared_ptr<arrow::Buffer>& bytes() const;
  const std::string& text() const;
  const std::string& json() const;
  const TablePtr& table() const;
  const RecordBatchReaderPtr& stream() const;
  const entrepot::Tensor& tensor() const;
  const std::shared_ptr<const ForeignObject>& foreign() const;
  const FilePath& file_path() const;  ///< Of a file or folder.
  const std::vector<std::pair<std::string, Value>>& map() const;

  /// Rows of a table, also of another language's; nullopt for other kinds.
  std::optional<std::int64_t> num_rows() const;

  /// Bytes held in memory; 0 for nothing, streams, files and folders.
  std::int64_t size_bytes() const;

 private:
  struct TextData {
    std::shared_ptr<const std::string> text;
  };
  struct JsonData {
    std::shared_ptr<const std::string> json;
  };
  struct FileData {
    FilePath path;
  };
  struct FolderData {
    FilePath path;
  };
  struct MapData {
    std::shared_ptr<const std::vector<std::pair<std::string, Value>>> entries;
  };
  // In the order of ValueKind.
  std::variant<std::monostate, std::shared_ptr<arrow::Buffer>, TextData, JsonData,
               TablePtr, RecordBatchReaderPtr, entrepot::Tensor,
               std::shared_ptr<const ForeignObject>, FileData, FolderData, MapData>
      data_;
  std::string type_;
};

}  // namespace entrepot
