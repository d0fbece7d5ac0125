#include "entrepot/execution/step_context.h"

#include <algorithm>
#include <iterator>

namespace entrepot {

void StepContext::AddOutputMetadata(Metadata metadata, const std::string& output) {
  Metadata& entries = output_metadata_[output];
  std::erase_if(entries, [&](const auto& entry) {
    return FindMetadata(metadata, entry.first) != nullptr;
  });
  std::ranges::move(metadata, std::back_inserter(entries));
}

Status StepContext::LogEvent(AssetEvent event) {
  ENTREPOT_RETURN_IF_ERROR(CheckNames(event.metadata));
  log().WriteEvent(std::move(event));
  return {};
}

const Metadata& StepContext::output_metadata(const std::string& output) const {
  static const Metadata none;
  const auto found = output_metadata_.find(output);
  return found == output_metadata_.end() ? none : found->second;
}

Result<std::shared_ptr<ScratchFolder>> StepContext::scratch_folder() {
  if (!scratch_) {
    ENTREPOT_ASSIGN_OR_RETURN(scratch_, ScratchFolder::Make(fields_.scratch_parent));
  }
  return scratch_;
}

Result<FilePath> StepContext::NewFile(std::string_view extension) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto folder, scratch_folder());
  return folder->NewFile(extension);
}

}  // namespace entrepot
