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
#include "entrepot/nearest_name.h"

namespace entrepot {

ValueType ValueType::Named(std::string name) {
  return {.name = name, .has = [name](const Value& value) {
            return value.kind() == ValueKind::kForeign ? value.foreign()->type() == name
                                                       : value.type() == name;
          }};
}

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

Status CodecRegistry::Assign(ValueType type, std::string_view format) {
  if (auto codec = ForFormat(format)) return Assign(std::move(type), std::move(codec));
  std::vector<std::string> formats;
  for (const auto& codec : codecs_) formats.emplace_back(codec->info().format);
  return Invalid("values of type '{}' cannot be stored as '{}', which is no format{}",
                 type.name, format, DidYouMean(format, formats));
}

Status CodecRegistry::Assign(ValueType type, std::shared_ptr<const Codec> codec) {
  if (ForFormat(codec->info().format) != codec) {
    ENTREPOT_RETURN_IF_ERROR(Register(codec));
  }
  assigned_.push_back({std::move(type), std::move(codec)});
  return {};
}

const AssignedCodec* CodecRegistry::AssignedTo(const Value& value) const {
  const auto found = std::ranges::find_if(
      assigned_, [&](const AssignedCodec& assigned) { return assigned.type.has(value); });
  return found == assigned_.end() ? nullptr : &*found;
}

CodecRegistry CodecRegistry::WithoutCode() const {
  CodecRegistry registry;
  std::ranges::copy_if(codecs_, std::back_inserter(registry.codecs_),
                       [](const auto& codec) { return !codec->info().runs_code; });
  std::ranges::copy_if(
      assigned_, std::back_inserter(registry.assigned_),
      [](const auto& assigned) { return !assigned.codec->info().runs_code; });
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
