#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "entrepot/cli/display_width_internal.h"
#include "entrepot/cli/quantity_internal.h"
#include "entrepot/cli/run_reporter_internal.h"
#include "entrepot/cli/stream_internal.h"
#include "entrepot/cli/text_table_internal.h"

namespace entrepot::internal {
namespace {

constexpr size_t kWidthIfUnknown = 80;

}  // namespace

RunReporter::RunReporter(const CliStream& err, RunReporterOptions options)
    : err_(err), options_(options) {
  if (!err_.is_terminal) return;
  painter_ = std::jthread([this](const std::stop_token& stop) { DrawUntil(stop); });
}

RunReporter::~RunReporter() {
  if (painter_.joinable()) {
    painter_.request_stop();
    painter_.join();
  }
  Clear();
  err_.stream->flush();
}

void RunReporter::OnProgress(const RunProgress& progress) {
  const std::string step = Printable(progress.step_key);
  const std::lock_guard lock(mutex_);
  num_steps_ = progress.num_steps;
  num_finished_ = progress.num_finished;
  if (progress.status == StepStatus::kStarted) {
    running_.push_back(step);
  } else {
    std::erase(running_, step);
    if (progress.status == StepStatus::kRetrying) {
      Write(fmt::format("{} {}: failed, to be tried again: {}",
                        Emphasize("warning:", Emphasis::kHeading, err_.use_color), step,
                        PrintableLines(progress.error, "  ")));
    } else if (options_.is_verbose) {
      Write(fmt::format("[{}/{}] {}: {}", num_finished_, num_steps_, step,
                        ToString(progress.status)));
    }
  }
}

void RunReporter::OnLog(const std::string& step_key, LogLevel level,
                        const std::string& message) {
  const bool is_shown =
      level >= LogLevel::kWarning || (options_.is_verbose && level >= LogLevel::kInfo);
  if (!is_shown) return;
  const Emphasis emphasis = level == LogLevel::kError     ? Emphasis::kBad
                            : level == LogLevel::kWarning ? Emphasis::kHeading
                                                          : Emphasis::kNone;
  const std::lock_guard lock(mutex_);
  Write(fmt::format(
      "{} {}: {}",
      Emphasize(fmt::format("{}:", ToString(level)), emphasis, err_.use_color),
      Printable(step_key), PrintableLines(message, "  ")));
}

void RunReporter::Say(std::string_view line) {
  const std::lock_guard lock(mutex_);
  Write(line);
}

void RunReporter::DrawUntil(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_for(lock, stop, options_.redraw_every,
                            [&] { return stop.stop_requested(); })) {
    Draw();
  }
}

void RunReporter::Write(std::string_view line) {
  Clear();
  *err_.stream << line << '\n' << std::flush;
}

/// With blanks, so that it needs no escape codes.
void RunReporter::Clear() {
  if (drawn_width_ == 0) return;
  *err_.stream << '\r' << std::string(drawn_width_, ' ') << '\r' << std::flush;
  drawn_width_ = 0;
}

void RunReporter::Draw() {
  if (running_.empty()) return;
  const int known_width = WidthNow(err_);
  const size_t width =
      known_width > 0 ? static_cast<size_t>(known_width) : kWidthIfUnknown;
  // One column less, or some terminals go on to the next line.
  const std::string line = CutToWidth(
      fmt::format("[{}/{}] {} · {}", num_finished_, num_steps_,
                  FormatSeconds(stopwatch_.seconds()), fmt::join(running_, ", ")),
      width - 1);
  const size_t drawn = DisplayWidth(line);
  const size_t left_over = drawn_width_ - std::min(drawn_width_, drawn);
  *err_.stream << '\r' << line << std::string(left_over, ' ') << std::flush;
  drawn_width_ = drawn;
}

}  // namespace entrepot::internal
