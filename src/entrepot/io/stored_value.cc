#include "entrepot/io/stored_value.h"

#include <algorithm>

#include <arrow/buffer.h>
#include <arrow/io/memory.h>

#include "entrepot/arrow_result.h"
#include "entrepot/io/stored_stream_internal.h"

namespace entrepot {
namespace {

std::span<const std::byte> BytesOf(const arrow::Buffer& buffer) {
  return {reinterpret_cast<const std::byte*>(buffer.data()),
          static_cast<size_t>(buffer.size())};
}

/// Returns the row among what the log has for the value whose version is the file's.
const Receipt* RowOfVersion(const OutputContext& upstream, const std::string& version) {
  const auto found = std::ranges::find(upstream.receipts(), version, &Receipt::version);
  return version.empty() || found == upstream.receipts().end() ? nullptr : &*found;
}

Error DigestDiffers(const std::string& path, const Receipt& receipt,
                    const std::string& found) {
  return Corrupt(
      "'{}' was altered: its digest is {}, but {} was stored; store it again, or "
      "remove the file's 'user.entrepot' attribute to take it as it is",
      path, found, receipt.digest);
}

Status CheckSize(const StoredValue& stored, const DamageReport& report) {
  const std::int64_t found = stored.file.size_bytes();
  const std::int64_t expected = stored.receipt->size_bytes;
  const bool fits =
      stored.codec.info().receipt_may_follow ? found >= expected : found == expected;
  if (fits) return {};
  return WithDigests(
      Corrupt("'{}' has {} bytes, but {} were stored", stored.path, found, expected),
      report);
}

/// Refuses code that nobody vouched for. `bytes` are the value's own.
Status CheckCode(const InputContext& context, const StoredValue& stored,
                 const arrow::Buffer& bytes) {
  if (context.request().trust) return {};
  const std::string found = DigestOf(BytesOf(bytes), {.sha256 = true}).sha256;
  if (stored.receipt != nullptr && stored.receipt->sha256 == found) return {};
  const auto& rows = context.upstream_output().receipts();
  if (std::ranges::find(rows, found, &Receipt::sha256) != rows.end()) return {};
  return Unsupported(
      "'{}' is a {} whose SHA-256 ({}) is in no receipt and no row of the log; "
      "loading it could run anything: pass trust=True only if you know where it "
      "comes from",
      stored.path, stored.codec.info().format, found);
}

/// Checks what was asked for: that nobody replaced the value since.
Status CheckVersion(const InputContext& context, const std::string& found) {
  const std::string& expected = context.request().expected_version;
  if (expected.empty() || expected == found) return {};
  return Conflict("it was replaced since: version '{}' was expected, '{}' is there",
                  expected, found.empty() ? "one without a version" : found);
}

void WarnUnverified(const InputContext& context, const std::string& path) {
  context.log().Warning(
      "'{}' has no receipt (it was copied or written by another program): "
      "loaded unverified",
      path);
}

/// The bytes to decode, as a file.
struct Input {
  std::shared_ptr<arrow::Buffer> bytes;  ///< Null where the file is read in parts.
  std::shared_ptr<arrow::io::RandomAccessFile> file;
};

Result<Input> OpenInput(const InputContext& context, const StoredValue& stored) {
  const CodecInfo& codec = stored.codec.info();
  // Code is checked as a whole before any of it runs.
  if (context.request().as_stream && codec.streams && !codec.runs_code) {
    return Input{nullptr, stored.file.AsRandomAccess()};
  }
  ENTREPOT_ASSIGN_OR_RETURN(auto bytes,
                            codec.maps ? stored.file.Map() : stored.file.ReadAll());
  if (stored.receipt != nullptr && stored.receipt->size_bytes < bytes->size()) {
    bytes =
        arrow::SliceBuffer(bytes, 0, stored.receipt->size_bytes);  // A receipt follows.
  }
  auto file = std::make_shared<arrow::io::BufferReader>(bytes);
  return Input{std::move(bytes), std::move(file)};
}

}  // namespace

Result<Value> LoadStoredValue(const InputContext& context, const StoredValue& stored) {
  const CodecInfo& codec = stored.codec.info();
  const Receipt* receipt = stored.receipt;
  DamageReport report{.value = context.Describe(),
                      .path = stored.path,
                      .expected_digest = receipt != nullptr ? receipt->digest : "",
                      .file = stored.file.AsRandomAccess()};
  if (receipt != nullptr) {
    if (receipt->format == codec.format && receipt->codec_version > codec.version) {
      return Unsupported(
          "'{}' was written by a newer version of entrepot ({} version {}, this "
          "program knows {})",
          stored.path, codec.format, receipt->codec_version, codec.version);
    }
    ENTREPOT_RETURN_IF_ERROR(CheckSize(stored, report));
  }
  ENTREPOT_ASSIGN_OR_RETURN(const Input input, OpenInput(context, stored));
  const bool checks_digest = input.bytes && (!codec.maps || context.request().verify);
  std::string digest;
  if (checks_digest) digest = DigestOf(BytesOf(*input.bytes)).xxh3;
  if (checks_digest && receipt != nullptr && digest != receipt->digest) {
    return DigestDiffers(stored.path, *receipt, digest);
  }
  if (codec.runs_code) ENTREPOT_RETURN_IF_ERROR(CheckCode(context, stored, *input.bytes));

  auto decoded = stored.codec.Decode({.file = input.file,
                                      .path = stored.path,
                                      .as_stream = context.request().as_stream,
                                      .check_pages = !checks_digest});
  if (!decoded) {
    return WithDigests(decoded.error(), report)
        .While(fmt::format("decoding '{}'", stored.path));
  }
  const std::string& version =
      receipt != nullptr ? receipt->version : decoded->notes.version;
  ENTREPOT_RETURN_IF_ERROR(CheckVersion(context, version));
  if (receipt != nullptr) {
    decoded->value.set_type(receipt->type);
  } else if (const Receipt* row = RowOfVersion(context.upstream_output(), version)) {
    if (checks_digest && digest != row->digest)
      return DigestDiffers(stored.path, *row, digest);
  } else {
    WarnUnverified(context, stored.path);
  }
  if (decoded->value.kind() != ValueKind::kStream) return std::move(decoded->value);
  const std::string type = decoded->value.type();
  return Value::Stream(Reporting(decoded->value.stream(), std::move(report)), type);
}

Result<Value> LoadStoredFolder(const InputContext& context,
                               const StoredFolderValue& stored) {
  const Receipt* receipt = stored.receipt;
  const FilePath path(stored.path);
  if (receipt == nullptr) {
    ENTREPOT_RETURN_IF_ERROR(CheckVersion(context, ""));
    WarnUnverified(context, stored.path);
    return Value::Folder(path);
  }
  const auto found = stored.folder.Measure(/*digests=*/context.request().verify);
  if (!found && found.error().code() == ErrorCode::kInvalid) {
    return Corrupt("'{}' was altered: {}", stored.path, found.error().message());
  }
  if (!found) return found.error();
  if (found->size_bytes != receipt->size_bytes) {
    return Corrupt("the files of '{}' have {} bytes, but {} were stored", stored.path,
                   found->size_bytes, receipt->size_bytes);
  }
  if (context.request().verify && found->digests.xxh3 != receipt->digest) {
    return DigestDiffers(stored.path, *receipt, found->digests.xxh3);
  }
  ENTREPOT_RETURN_IF_ERROR(CheckVersion(context, receipt->version));
  return Value::Folder(path, receipt->type);
}

}  // namespace entrepot
