#pragma once

/// \file entrepot/cli/stream_internal.h
/// The process's own streams: terminals, files and pipes.

#include <ostream>

#include "entrepot/cli/run_cli.h"

namespace entrepot::internal {

/// Returns what is known of a stream that writes to `descriptor`: colours as the
/// terminal, NO_COLOR and TERM say.
CliStream DescribeStream(std::ostream& stream, int descriptor);

/// Returns the columns of the stream's terminal, which may have changed since it was
/// described; 0: nothing needs to be cut.
int WidthNow(const CliStream& stream);

/// Whether whoever read a pipe has had enough, as in `… | head`.
bool IsReaderGone(const CliStream& stream);

}  // namespace entrepot::internal
