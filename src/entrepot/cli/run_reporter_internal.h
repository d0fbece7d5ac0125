#pragma once

/// \file entrepot/cli/run_reporter_internal.h
/// What a run says while it goes on.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "entrepot/cli/run_cli.h"
#include "entrepot/execution/materialize.h"

namespace entrepot::internal {

struct RunReporterOptions {
  /// Also the lines of level info, and one for each step that ends.
  bool is_verbose = false;

  /// How often the progress line is drawn, the first time after the run has taken as
  /// long.
  std::chrono::milliseconds redraw_every{100};
};

/// Writes the lines that steps log and, on a terminal, a progress line below them,
/// rewritten in place and cleared at the end. Safe for concurrent use.
class RunReporter {
 public:
  RunReporter(const CliStream& err, RunReporterOptions options);

  /// Clears the progress line. No other call may be under way.
  ~RunReporter();

  void OnProgress(const RunProgress& progress);
  void OnLog(const std::string& step_key, LogLevel level, const std::string& message);

  /// Writes a line.
  void Say(std::string_view line);

 private:
  void DrawUntil(const std::stop_token& stop);
  void Write(std::string_view line);
  void Clear();
  void Draw();

  const CliStream err_;
  const RunReporterOptions options_;
  const Stopwatch stopwatch_;
  std::mutex mutex_;
  std::vector<std::string> running_;  // Steps that have begun, oldest first.
  int num_steps_ = 0;
  int num_finished_ = 0;
  size_t drawn_width_ = 0;

  // Draws. The calling thread of a run cannot: it computes steps itself.
  std::condition_variable_any stopped_;
  std::jthread painter_;
};

}  // namespace entrepot::internal
