#pragma once

/// \file entrepot/cli/cli_for_test.h
/// Commands run in the test's process, with their output caught. Not installed.

#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "entrepot/cli/run_cli.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot {

/// What a command did.
struct CliResult {
  int exit_code = 0;
  std::string out;
  std::string err;

  nlohmann::json json() const { return nlohmann::json::parse(out); }
};

/// Runs commands on an instance of its own.
class CliTest : public ::testing::Test {
 protected:
  CliTest() { host_.program = "flights"; }

  std::string home() const { return folder_.path() + "/home"; }

  /// Runs `args` with the options of host_ and `--instance home()`.
  CliResult Run(std::vector<std::string> args) {
    args.insert(args.begin(), {"--instance", home()});
    return RunBare(std::move(args));
  }

  CliResult RunBare(std::vector<std::string> args) {
    std::ostringstream out;
    std::ostringstream err;
    CliHost host = host_;
    host.out.stream = &out;
    host.err.stream = &err;
    const int exit_code = RunCli(std::move(host), std::move(args));
    return {exit_code, out.str(), err.str()};
  }

  /// Stores a value as a program without definitions would.
  template <typename T>
  void Store(const std::string& key, T object) {
    auto instance = Instance::Open(home(), {.durability = Durability::kFast}).value();
    (void)instance->Store(key, std::move(object)).value();
  }

  testing::TemporaryFolder folder_;
  CliHost host_;
};

}  // namespace entrepot
