#pragma once

/// \file entrepot/cli/run_main.h
/// The main function of a program of assets.
///
///   int main(int argc, char** argv) { return ep::RunMain(argc, argv, FlightDefinitions);
///   }

#include <functional>

#include "entrepot/execution/definitions.h"

namespace entrepot {

/// Runs the verb that the arguments ask for (`materialize`, `ls`, `show`, `history`,
/// `runs`, `config schema`) over the program's definitions, which are made when a verb
/// needs them; what is wrong with them is reported, whatever `make_definitions` throws
/// too. `--config FILE`, variables ENTREPOT__NAME__FIELD and `--set NAME.FIELD=VALUE`
/// configure its steps and resources.
///
/// During a run, a first SIGINT or SIGTERM stops starting steps and records the
/// interruption; a second one ends the process at once. Call it from main, once.
///
/// Returns the exit code (docs/cli.md).
int RunMain(int argc, const char* const* argv,
            std::function<Definitions()> make_definitions);

}  // namespace entrepot
