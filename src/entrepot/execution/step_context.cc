#include "entrepot/execution/step_context.h"

namespace entrepot {

void StepContext::AddOutputMetadata(Metadata metadata) {
  for (auto& [name, value] : metadata) {
    SetMetadata(output_metadata_, std::move(name), std::move(value));
  }
}

}  // namespace entrepot
