#pragma once

/// \file entrepot/durability.h
/// What survives a loss of power.

namespace entrepot {

/// What a store or a log has promised when a call returns. A crash of the process (or of
/// every process) loses nothing either way.
enum class Durability {
  kFull,  ///< It survives a loss of power.
  kFast,  ///< The last moments before a loss of power may be gone or empty.
};

}  // namespace entrepot
