// The codecs of the library.
#include "entrepot/testing/codec_conformance.h"

#include "entrepot/codec/registry.h"

namespace entrepot::testing {
namespace {

const bool registered = [] {
  const CodecRegistry registry = CodecRegistry::WithBuiltins();
  for (const auto& codec : registry.codecs()) {
    const std::string format(codec->info().format);
    // Any part of a text, of bytes or of a file is one too.
    const bool is_marked = format != "text" && format != "bytes" && format != "file";
    CodecUnderTest subject{
        .name = format, .codec = codec, .notices_truncation = is_marked};
    if (format == "file") subject.values = OfKind(SampleFiles(), ValueKind::kFile);
    RegisterCodecConformance(std::move(subject));
  }
  return true;
}();

}  // namespace
}  // namespace entrepot::testing
