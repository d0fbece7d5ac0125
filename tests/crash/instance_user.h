#pragma once

/// \file tests/crash/instance_user.h
/// What the processes of these tests do with an instance. Each is a role of the program
/// entrepot_instance_user, whose arguments are those of the function.

#include <cstdint>
#include <memory>
#include <string>

#include "entrepot/execution/materialize.h"

namespace entrepot::testing {

/// Assets that carry `stamp`: "table" (parquet), "tensor" (npy), which reads it, and
/// "note", which is text where the stamp is even and JSON where it is odd.
Definitions GrowingAssets(std::int64_t stamp);

/// The files that a run of GrowingAssets leaves, below the storage folder; sorted.
std::vector<std::string> FilesOfGrowingAssets(std::int64_t stamp);

/// Assets of writer `writer` (from 1) in its run `run`, stamped writer × 1,000,000 + run:
/// "own/<writer>" and "copy/<writer>", which reads it; "shared/table" and "shared/note",
/// which all writers make, in different formats.
Definitions AssetsOfWriter(int writer, int run);

/// Role "grow": materializes GrowingAssets of `first`, `first` + 1, … until it is killed.
/// To standard output it writes 64-bit numbers: 0 when it begins, and each stamp when
/// Materialize has returned.
Status Grow(const std::string& home, Durability durability, std::int64_t first);

/// Role "write": materializes AssetsOfWriter, runs 1 to `num_runs`.
Status Write(const std::string& home, int writer, int num_runs);

/// Role "read": loads what writers 1 to `num_writers` make and asks the log about it,
/// over and over, until standard input ends, and at least `num_rounds` times. Prints the
/// longest wait of each kind.
///
/// Errors: kCorrupt  a torn or mixed value, one older than another that was seen before
/// it,
///                   or a log that contradicts itself; those of the instance
Status Read(const std::string& home, int num_writers, int num_rounds);

}  // namespace entrepot::testing
