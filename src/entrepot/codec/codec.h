#pragma once

/// \file entrepot/codec/codec.h
/// One kind of value into one file format, and back.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <arrow/io/type_fwd.h>
#include <arrow/type_fwd.h>

#include "entrepot/result.h"
#include "entrepot/value/value.h"

namespace entrepot {

/// What is fixed about a codec. Plain data.
struct CodecInfo {
  std::string_view format;     ///< Names it in receipts, e.g. "parquet".
  std::string_view extension;  ///< Of its files, without dot, at most 15 bytes; unique.
  int version = 1;             ///< Of what it writes; docs/formats/ tells them apart.

  /// Decode keeps slices of the file alive instead of copying: read it through a private,
  /// writable map. The digest is then checked only on request.
  bool maps = false;

  /// Decode can read a stream in parts, in bounded memory.
  bool streams = false;

  /// Loading runs code found in the file: it needs a known SHA-256 (DESIGN: pickle).
  bool runs_code = false;

  /// Readers of the format stop at its own end, so a receipt may follow (pickle).
  bool receipt_may_follow = false;
};

/// What a file says of itself where the format has room for it.
struct FileNotes {
  std::string version;  ///< Receipt::version.
  std::string type;     ///< Receipt::type.
};

/// What Encode learned about the value.
struct Encoded {
  std::optional<std::int64_t> rows;
  std::string schema;  ///< For people, one line per column; "" where there is none.
};

/// How a file is to be decoded.
struct DecodeRequest {
  /// The encoded bytes: a buffer reader over memory or a map, or a file to read in parts.
  std::shared_ptr<arrow::io::RandomAccessFile> file;

  /// Where these bytes are a file of this machine; "" where they are none.
  std::string path{};

  /// Wanted as a stream of record batches, in bounded memory, where the format can.
  bool as_stream = false;

  /// The bytes were not checked against a digest: check what the format itself carries.
  bool check_pages = false;
};

struct Decoded {
  Value value;      ///< Its type() is the notes', or empty.
  FileNotes notes;  ///< Empty members where the format carries none.
};

/// A file format. Safe for concurrent use.
class Codec {
 public:
  virtual ~Codec() = default;

  virtual const CodecInfo& info() const = 0;

  /// Whether Encode can write `value` such that Decode gives back an equal one. May be
  /// asked often: must be fast for values of other kinds.
  virtual bool Takes(const Value& value) const = 0;

  /// Writes the value. A stream is read to its end, in bounded memory.
  ///
  /// Errors: those of `out`, of the stream, and kInvalid for a value it does not take
  virtual Result<Encoded> Encode(const Value& value, const FileNotes& notes,
                                 arrow::io::OutputStream& out) const = 0;

  /// Reads the value.
  ///
  /// Errors: kCorrupt  not this format, or damaged
  ///         kUnsupported  a version or feature of it that this build cannot read
  virtual Result<Decoded> Decode(const DecodeRequest& request) const = 0;
};

}  // namespace entrepot
