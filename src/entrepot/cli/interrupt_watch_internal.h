#pragma once

/// \file entrepot/cli/interrupt_watch_internal.h
/// Ctrl-C as a request to stop.

#include <stop_token>
#include <thread>

namespace entrepot::internal {

/// While it lives, a first SIGINT or SIGTERM of the process requests its stop, and a
/// second one ends the process with 130. A signal handler may hardly do anything, so it
/// writes a byte to a pipe, and a thread that reads the pipe requests the stop. One at a
/// time in a process; one thread at a time.
class InterruptWatch {
 public:
  InterruptWatch();
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  std::stop_token token() const { return stop_.get_token(); }

 private:
  std::stop_source stop_;
  std::thread reader_;
};

}  // namespace entrepot::internal
