#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "entrepot/cli/stream_internal.h"

namespace entrepot::internal {
namespace {

std::string_view Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

CliStream DescribeStream(std::ostream& stream, int descriptor) {
  CliStream described{.stream = &stream, .descriptor = descriptor};
  described.is_terminal = ::isatty(descriptor) == 1 && Environment("TERM") != "dumb";
  described.use_color = described.is_terminal && Environment("NO_COLOR").empty();
  described.width = WidthNow(described);
  return described;
}

int WidthNow(const CliStream& stream) {
  winsize size{};
  const bool is_ours = stream.is_terminal && stream.descriptor >= 0;
  if (!is_ours || ::ioctl(stream.descriptor, TIOCGWINSZ, &size) != 0) return stream.width;
  return size.ws_col;
}

bool IsReaderGone(const CliStream& stream) {
  pollfd end{.fd = stream.descriptor, .events = POLLOUT, .revents = 0};
  return ::poll(&end, 1, 0) == 1 && (end.revents & POLLERR) != 0;
}

}  // namespace entrepot::internal
