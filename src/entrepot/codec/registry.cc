#include "entrepot/codec/registry.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/ranges.h>

#include "entrepot/codec/arrow_ipc_codec.h"
#include "entrepot/codec/bytes_codec.h"
#include "entrepot/codec/file_codec.h"
#include "entrepot/codec/json_codec.h"
#include "entrepot/codec/npy_codec.h"
#include "entrepot/codec/parquet_codec.h"
#include "entrepot/codec/text_codec.h"

namespace entrepot {

// Every format the library can read or write, in order of preference.
CodecRegistry CodecRegistry::WithBuiltins() {
  CodecRegistry registry;
  registry.codecs_ = {MakeParquetCodec(), MakeArrowIpcCodec(), MakeNpyCodec(),
                      MakeJsonCodec(),    MakeTextCodec(),     MakeBytesCodec(),
                      MakeFileCodec()};
  return registry;
}

Status CodecRegistry::Register(std::shared_ptr<const Codec> codec) {
  const CodecInfo& info = codec->info();
  if (ForFormat(info.format)) {
    return Conflict("codec format is already registered: '{}'", info.format);
  }
  if (const auto other = ForExtension(info.extension)) {
    return Conflict("codec extension '{}' is already registered, by format '{}'",
                    info.extension, other->info().format);
  }
  codecs_.push_back(std::move(codec));
  return {};
}

CodecRegistry CodecRegistry::WithoutCode() const {
  CodecRegistry registry;
  std::ranges::copy_if(codecs_, std::back_inserter(registry.codecs_),
                       [](const auto& codec) { return !codec->info().runs_code; });
  return registry;
}

Result<std::shared_ptr<const Codec>> CodecRegistry::ForValue(const Value& value) const {
  for (const auto& codec : codecs_) {
    if (codec->Takes(value)) return codec;
  }
  std::vector<std::string> formats;
  for (const auto& codec : codecs_) {
    formats.push_back(fmt::format("'{}'", codec->info().format));
  }
  const std::string type =
      value.type().empty() ? "" : fmt::format(" of type '{}'", value.type());
  return Unsupported(
      "no codec for value kind '{}'{} (formats: {}); register one with "
      "CodecRegistry::Register",
      ToString(value.kind()), type, fmt::join(formats, ", "));
}

std::shared_ptr<const Codec> CodecRegistry::ForFormat(std::string_view format) const {
  const auto found = std::ranges::find_if(
      codecs_, [&](const auto& codec) { return codec->info().format == format; });
  return found == codecs_.end() ? nullptr : *found;
}

std::shared_ptr<const Codec> CodecRegistry::ForExtension(
    std::string_view extension) const {
  const auto found = std::ranges::find_if(
      codecs_, [&](const auto& codec) { return codec->info().extension == extension; });
  return found == codecs_.end() ? nullptr : *found;
}

}  // namespace entrepot
