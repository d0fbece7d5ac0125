#pragma once

/// \file entrepot/asset/key_path.h
/// Where the value of an asset, a partition of it, or an op's output lies below a base.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "entrepot/asset/asset_key.h"

namespace entrepot {

/// How partitions become folders: `<asset>/partition=<key>/value` or `<asset>/<key>`.
enum class PathLayout { kHive, kPlain };

/// The longest name, in bytes, of a value's file without its extension: of NAME_MAX
/// remains what neither extensions (at most 16 bytes) nor temporary names (".", ".", the
/// extension, ".NN.tmp") need.
inline constexpr size_t kLongestValueName = 255 - (1 + 1 + 16 + 7);

/// Encodes one part of a key as a file name, reversibly: '%', '.', '/', '\', '=', control
/// and reserved characters (`: * ? " < > |`, 0x00-0x1F, 0x7F) and bytes that are not
/// UTF-8 become %XX. The result holds no '.' and no '=', so it can be no hidden, parent
/// or temporary name, never meets a name of our own, and what follows the first '.' of a
/// file name is its extension. A source for the reserved set is the union of what POSIX
/// and Windows file names refuse.
std::string EncodeKeyPart(std::string_view part);

/// Reverses EncodeKeyPart.
///
/// Errors: kInvalid  not something EncodeKeyPart returns
Result<std::string> DecodeKeyPart(std::string_view encoded);

/// Returns the path, relative to a base and without extension, of an asset's value (or of
/// one partition's). No path is a folder where another key has a file, whatever the
/// extension, and under kHive two different (key, partition) pairs never share one.
/// kPlain is Dagster's layout and shares its flaw: partition "p" of asset a lies where
/// asset a/p does; do not use both.
///
/// Errors: kInvalid  an encoded part, with the longest extension and the affixes of a
///                   temporary name, would exceed 255 bytes
Result<std::string> AssetPath(const AssetKey& key,
                              const std::optional<std::string>& partition,
                              PathLayout layout);

/// Returns the path of one partition of the asset at `asset_path`; AssetPath does.
///
/// Errors: kInvalid  it is empty, or too long (as above)
Result<std::string> PartitionPath(std::string_view asset_path, std::string_view partition,
                                  PathLayout layout);

/// Returns the path of an op's output: .runs/<run id>/<step key>/<output name>. Two
/// different outputs never share one, and none lies where an asset's value can.
///
/// Errors: kInvalid  an empty part, or one that is too long (as above)
Result<std::string> OpOutputPath(std::string_view run_id, std::string_view step_key,
                                 std::string_view output_name);

}  // namespace entrepot
