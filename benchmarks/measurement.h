#pragma once

/// \file benchmarks/measurement.h
/// What every benchmark program in C++ does: it takes `--name value` pairs, measures one
/// case a few times, checks what came out, and prints one JSON object.

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace entrepot::benchmarks {

/// Ends the program: a wrong answer has no speed.
[[noreturn]] inline void Fail(std::string_view what) {
  std::cerr << what << '\n';
  std::exit(1);
}

inline void Check(bool is_right, std::string_view what) {
  if (!is_right) Fail(fmt::format("wrong output: {}", what));
}

/// Returns the value of a Result (ours, or Arrow's), or ends the program.
template <typename R>
auto OrFail(R result) {
  if constexpr (requires { result.error(); }) {
    if (!result) Fail(result.error().ToString());
    if constexpr (requires { *std::move(result); }) return *std::move(result);
  } else if constexpr (requires { result.ValueOrDie(); }) {
    if (!result.ok()) Fail(result.status().ToString());
    return std::move(result).ValueOrDie();
  } else {
    if (!result.ok()) Fail(result.ToString());
  }
}

/// The command line: `--name value` pairs.
class Options {
 public:
  Options(int argc, char** argv) {
    for (int i = 1; i + 1 < argc; i += 2) values_[argv[i]] = argv[i + 1];
  }
  std::string Text(const std::string& name, const std::string& otherwise = "") const {
    const auto found = values_.find("--" + name);
    return found == values_.end() ? otherwise : found->second;
  }
  int Number(const std::string& name, int otherwise) const {
    const std::string text = Text(name);
    return text.empty() ? otherwise : std::atoi(text.c_str());
  }

 private:
  std::map<std::string, std::string> values_;
};

/// Wall-clock seconds since it was made.
class Timer {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_)
        .count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// How long each of many equal operations took.
class Latencies {
 public:
  void Add(double seconds) { seconds_.push_back(seconds); }

  double Median() const { return Percentile(50); }

  /// Puts the median and the 99th percentile into `result`.
  void Put(nlohmann::ordered_json& result, const std::string& name) const {
    result[name + "_p50_seconds"] = Median();
    result[name + "_p99_seconds"] = Percentile(99);
  }

 private:
  double Percentile(size_t percent) const {
    Check(!seconds_.empty(), "nothing was measured");
    std::vector<double> sorted = seconds_;
    std::ranges::sort(sorted);
    return sorted[sorted.size() * percent / 100];
  }

  std::vector<double> seconds_;
};

/// Seconds of processor time that all threads of this process took since it was made.
class CpuTimer {
 public:
  double seconds() const { return Now() - begin_; }

 private:
  static double Now() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  }
  double begin_ = Now();
};

/// Returns an empty folder `name` below `parent`, with a number where it is taken.
/// Nothing is deleted: ext4 searches long for a free inode where many were freed in the
/// last minutes. run.py removes all at the end.
inline std::string FreshFolder(const std::string& parent, const std::string& name) {
  for (int number = 0;; ++number) {
    const std::string folder = fmt::format("{}/{}.{}", parent, name, number);
    if (std::filesystem::create_directories(folder)) return folder;
  }
}

/// The most memory this process has had resident since the object was made, in bytes,
/// beyond what it had then.
class PeakMemory {
 public:
  PeakMemory() {
    std::ofstream("/proc/self/clear_refs") << "5";  // Resets VmHWM.
    before_ = Field("VmRSS:");
  }
  std::int64_t above_bytes() const { return peak_bytes() - before_; }

  /// The same, with what it had then.
  std::int64_t peak_bytes() const { return Field("VmHWM:"); }

 private:
  static std::int64_t Field(std::string_view name) {
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word) {
      std::int64_t kib = 0;
      if (word == name && status >> kib) return kib * 1024;
    }
    return 0;
  }
  std::int64_t before_ = 0;
};

inline void Print(const nlohmann::ordered_json& result) {
  std::cout << result.dump() << '\n';
}

}  // namespace entrepot::benchmarks
