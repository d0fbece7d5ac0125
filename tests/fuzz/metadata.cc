// Metadata as the event log keeps it.
#include "entrepot/asset/metadata.h"
#include "fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace entrepot;
  const auto metadata = MetadataFromJson({reinterpret_cast<const char*>(data), size});
  if (!metadata) {
    FUZZ_CHECK(metadata.error().code() == ErrorCode::kCorrupt);
    return 0;
  }
  for (const auto& [name, value] : *metadata) {
    FUZZ_CHECK(FindMetadata(*metadata, name) == &value);  // Names are unique.
    (void)value.ToString();
  }
  const std::string written = MetadataToJson(*metadata);
  const auto again = MetadataFromJson(written);
  FUZZ_CHECK(again.has_value());
  FUZZ_CHECK(again->size() == metadata->size());
  // Compared as text, since a NaN differs from itself.
  FUZZ_CHECK(MetadataToJson(*again) == written);
  return 0;
}
