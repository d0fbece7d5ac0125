#include "entrepot/cli/run_main.h"

#include <memory>
#include <utility>

#include "entrepot/cli/interrupt_watch_internal.h"
#include "entrepot/cli/run_cli.h"
#include "entrepot/cli/shell_word_internal.h"

namespace entrepot {

std::function<std::stop_token()> InterruptsFromSignals() {
  return [watch = std::shared_ptr<internal::InterruptWatch>()]() mutable {
    if (!watch) watch = std::make_shared<internal::InterruptWatch>();
    return watch->token();
  };
}

int RunMain(int argc, const char* const* argv,
            std::function<Definitions()> make_definitions) {
  CliHost host =
      CliHost::ForProcess(argc > 0 ? internal::ShellWord(argv[0]) : "entrepot");
  if (make_definitions) {
    host.definitions = [make = std::move(make_definitions)]() -> Result<Definitions> {
      return make();
    };
  }
  host.watch_interrupts = InterruptsFromSignals();
  return RunCli(std::move(host), argc > 0
                                     ? std::vector<std::string>(argv + 1, argv + argc)
                                     : std::vector<std::string>());
}

}  // namespace entrepot
