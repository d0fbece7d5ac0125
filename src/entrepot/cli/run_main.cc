#include "entrepot/cli/run_main.h"

#include <optional>
#include <utility>

#include "entrepot/cli/interrupt_watch_internal.h"
#include "entrepot/cli/run_cli.h"

namespace entrepot {

int RunMain(int argc, const char* const* argv,
            std::function<Definitions()> make_definitions) {
  CliHost host = CliHost::ForProcess(argc > 0 ? argv[0] : "entrepot");
  if (make_definitions) {
    host.definitions = [make = std::move(make_definitions)]() -> Result<Definitions> {
      return make();
    };
  }
  std::optional<internal::InterruptWatch> watch;
  host.watch_interrupts = [&watch] {
    if (!watch) watch.emplace();
    return watch->token();
  };
  return RunCli(std::move(host), argc > 0
                                     ? std::vector<std::string>(argv + 1, argv + argc)
                                     : std::vector<std::string>());
}

}  // namespace entrepot
