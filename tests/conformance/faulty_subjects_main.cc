// Shows that the suites find what they are for: each subject here has one fault, and the
// behaviour that it breaks must fail. Succeeds if all those do.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include <arrow/io/memory.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "entrepot/codec/bytes_codec.h"
#include "entrepot/codec/parquet_codec.h"
#include "entrepot/codec/text_codec.h"
#include "entrepot/io/context.h"
#include "entrepot/io/memory_io_manager.h"
#include "entrepot/testing/codec_conformance.h"
#include "entrepot/testing/io_manager_conformance.h"

namespace entrepot::testing {
namespace {

std::vector<std::string> expected_to_fail;

/// The memory manager, with some calls changed.
class FaultyManager final : public IOManager {
 public:
  struct Faults {
    std::function<Status(IOManager&, OutputContext&, const Value&)> handle_output{};
    std::function<Result<Value>(IOManager&, const InputContext&)> load_input{};
    std::function<Result<bool>(IOManager&, const OutputContext&)> has{};
  };
  explicit FaultyManager(Faults faults) : faults_(std::move(faults)) {}

  Status HandleOutput(OutputContext& context, const Value& value) override {
    if (faults_.handle_output) return faults_.handle_output(memory_, context, value);
    return memory_.HandleOutput(context, value);
  }
  Result<Value> LoadInput(const InputContext& context) override {
    if (faults_.load_input) return faults_.load_input(memory_, context);
    return memory_.LoadInput(context);
  }
  Result<bool> Has(const OutputContext& output) override {
    return faults_.has ? faults_.has(memory_, output) : memory_.Has(output);
  }

 private:
  MemoryIOManager memory_;
  Faults faults_;
};

void Expect(const std::string& behaviour, const std::string& name,
            FaultyManager::Faults faults) {
  RegisterIOManagerConformance({.name = name, .make = [faults] {
                                  return std::make_shared<FaultyManager>(faults);
                                }});
  expected_to_fail.push_back("IOManagerConformance/" + name + "." + behaviour);
}

/// Returns the context of the asset whose key is that of `context`, as one text.
std::shared_ptr<OutputContext> Joined(const OutputContext& context) {
  std::string name = fmt::format("{}", fmt::join(context.Identifier(), "/"));
  if (context.asset_key())
    name = fmt::format("{}", fmt::join(context.asset_key()->path(), "/"));
  return std::make_shared<OutputContext>(
      OutputContext::Fields{.asset_key = AssetKey::Make({name}).value()});
}

Status StoreEmptyFirst(IOManager& memory, OutputContext& context, const Value& value) {
  ENTREPOT_RETURN_IF_ERROR(memory.HandleOutput(context, Value::Text("half of it")));
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return memory.HandleOutput(context, value);
}

Status AddReceipt(IOManager& memory, OutputContext& context, const Value& value,
                  Receipt receipt) {
  ENTREPOT_RETURN_IF_ERROR(memory.HandleOutput(context, value));
  receipt.base = context.io_manager_key();
  receipt.run_id = context.run_id();
  receipt.kind = std::string(ToString(value.kind()));
  receipt.type = value.type();
  receipt.rows = value.num_rows();
  context.AddReceipt(std::move(receipt));
  return {};
}

void RegisterManagers() {
  Expect(
      "EveryValueComesBack", "ForgetsTypes",
      {.load_input = [](IOManager& memory, const InputContext& context) -> Result<Value> {
        ENTREPOT_ASSIGN_OR_RETURN(Value value, memory.LoadInput(context));
        value.set_type("");
        return value;
      }});
  Expect(
      "LoadingLeavesTheValueWhereItIs", "LoadsOnce",
      {.load_input = [](IOManager& memory, const InputContext& context) -> Result<Value> {
        const auto value = memory.LoadInput(context);
        auto output =
            std::const_pointer_cast<OutputContext>(context.shared_upstream_output());
        ENTREPOT_RETURN_IF_ERROR(memory.HandleOutput(*output, Value::Text("taken")));
        return value;
      }});
  Expect("AnOverwriteReplacesTheValue", "KeepsTheFirst",
         {.handle_output = [](IOManager& memory, OutputContext& context,
                              const Value& value) {
           return memory.Has(context).value() ? Status()
                                              : memory.HandleOutput(context, value);
         }});
  Expect(
      "AValueThatWasNeverStoredIsNotFoundAndNamed", "HasOneWordForAllErrors",
      {.load_input = [](IOManager& memory, const InputContext& context) -> Result<Value> {
        auto value = memory.LoadInput(context);
        return value ? std::move(value) : Invalid("it failed");
      }});
  Expect("AStoredValueIsSaidToBeThere", "SaysThatNothingIsThere",
         {.has = [](IOManager&, const OutputContext&) { return Result<bool>(false); }});
  Expect("AStreamThatBreaksLeavesTheOldValue", "KeepsHalfAStream",
         {.handle_output = StoreEmptyFirst});
  Expect("ALoadDuringOverwritesGivesOneOfTheValues", "ShowsHalfOfAValue",
         {.handle_output = StoreEmptyFirst});
  Expect("EveryOutputHasAPlaceOfItsOwn", "JoinsNames",
         {.handle_output =
              [](IOManager& memory, OutputContext& context, const Value& value) {
                return memory.HandleOutput(*Joined(context), value);
              },
          .load_input =
              [](IOManager& memory, const InputContext& context) {
                return memory.LoadInput(
                    InputContext({.upstream_output = Joined(context.upstream_output())}));
              }});
  Expect("ReceiptsDescribeWhatWasStored", "HasAbsolutePaths",
         {.handle_output = [](IOManager& memory, OutputContext& context,
                              const Value& value) {
           return AddReceipt(
               memory, context, value,
               {.path = "/a", .format = "x", .codec_version = 1, .version = "1"});
         }});
  Expect("AValueThatWasReplacedIsAConflictForWhoExpectsTheOld", "IgnoresVersions",
         {.handle_output = [](IOManager& memory, OutputContext& context,
                              const Value& value) {
           return AddReceipt(
               memory, context, value,
               {.path = "a", .format = "x", .codec_version = 1, .version = "1"});
         }});
}

/// Another codec, with some of what it does changed.
class FaultyCodec final : public Codec {
 public:
  struct Faults {
    std::function<bool(const Value&)> takes{};
    std::function<Result<Encoded>(const Codec&, const Value&, const FileNotes&,
                                  arrow::io::OutputStream&)>
        encode{};
    std::function<Result<Decoded>(const Codec&, const DecodeRequest&)> decode{};
  };
  FaultyCodec(std::shared_ptr<const Codec> codec, CodecInfo info, Faults faults)
      : codec_(std::move(codec)), info_(info), faults_(std::move(faults)) {}

  const CodecInfo& info() const override { return info_; }
  bool Takes(const Value& value) const override {
    return faults_.takes ? faults_.takes(value) : codec_->Takes(value);
  }
  Result<Encoded> Encode(const Value& value, const FileNotes& notes,
                         arrow::io::OutputStream& out) const override {
    if (faults_.encode) return faults_.encode(*codec_, value, notes, out);
    return codec_->Encode(value, notes, out);
  }
  Result<Decoded> Decode(const DecodeRequest& request) const override {
    return faults_.decode ? faults_.decode(*codec_, request) : codec_->Decode(request);
  }

 private:
  std::shared_ptr<const Codec> codec_;
  CodecInfo info_;
  Faults faults_;
};

constexpr CodecInfo kInfo = {.format = "faulty", .extension = "faulty"};

void Expect(const std::string& behaviour, const std::string& name,
            std::shared_ptr<const Codec> codec, CodecInfo info,
            FaultyCodec::Faults faults = {}) {
  RegisterCodecConformance(
      {.name = name,
       .codec = std::make_shared<FaultyCodec>(std::move(codec), info, faults)});
  expected_to_fail.push_back("CodecConformance/" + name + "." + behaviour);
}

void RegisterCodecs() {
  Expect("NamesItsFormat", "HasADotInItsExtension", MakeTextCodec(),
         {.format = "faulty", .extension = ".txt"});
  Expect("ItsNamesAreNoOtherFormats", "HasTheExtensionOfAnother", MakeTextCodec(),
         {.format = "faulty", .extension = "parquet"});
  Expect(
      "EveryValueComesBack", "DropsTheLastByte", MakeTextCodec(), kInfo,
      {.decode = [](const Codec& codec, const DecodeRequest& request) -> Result<Decoded> {
        ENTREPOT_ASSIGN_OR_RETURN(Decoded decoded, codec.Decode(request));
        const std::string& text = decoded.value.text();
        decoded.value = Value::Text(text.substr(0, text.size() - (text.empty() ? 0 : 1)));
        return decoded;
      }});
  Expect(
      "NotesComeBackOrAreLeftOut", "MakesUpTypes", MakeTextCodec(), kInfo,
      {.decode = [](const Codec& codec, const DecodeRequest& request) -> Result<Decoded> {
        ENTREPOT_ASSIGN_OR_RETURN(Decoded decoded, codec.Decode(request));
        decoded.value.set_type("made.Up");
        return decoded;
      }});
  Expect("EqualValuesGiveEqualFiles", "CountsItsFiles", MakeParquetCodec(), kInfo,
         {.encode = [](const Codec& codec, const Value& value, const FileNotes&,
                       arrow::io::OutputStream& out) {
           static int count = 0;
           return codec.Encode(value, {.version = std::to_string(++count), .type = {}},
                               out);
         }});
  Expect("RefusesWhatItDoesNotTake", "WritesNothingForOthers", MakeTextCodec(), kInfo,
         {.encode = [](const Codec& codec, const Value& value, const FileNotes& notes,
                       arrow::io::OutputStream& out) {
           return codec.Takes(value) ? codec.Encode(value, notes, out) : Encoded{};
         }});
  Expect("AMappedFileIsNotCopied", "CopiesWhatItShouldMap", MakeParquetCodec(),
         {.format = "faulty", .extension = "faulty", .maps = true});
  Expect("ABeginningOfAFileIsRefused", "TakesAnyBytes", MakeBytesCodec(), kInfo);
  Expect(
      "AChangedBitIsAnErrorOrSomeValue", "CallsDamageAConflict", MakeParquetCodec(),
      kInfo,
      {.decode = [](const Codec& codec, const DecodeRequest& request) -> Result<Decoded> {
        auto decoded = codec.Decode(request);
        return decoded ? std::move(decoded) : Conflict("damaged");
      }});
  Expect("AWriteThatFailsIsReported", "SwallowsErrors", MakeTextCodec(), kInfo,
         {.encode = [](const Codec& codec, const Value& value, const FileNotes& notes,
                       arrow::io::OutputStream& out) {
           return codec.Encode(value, notes, out).value_or(Encoded{});
         }});
  Expect("AReadThatFailsIsReported", "TakesAnErrorForTheEnd", MakeTextCodec(), kInfo,
         {.decode = [](const Codec& codec, const DecodeRequest& request) {
           return Result<Decoded>(
               codec.Decode(request).value_or(Decoded{Value::Text(""), {}}));
         }});
  Expect("StreamsNeedBoundedMemory", "GathersStreams", MakeParquetCodec(), kInfo,
         {.encode = [](const Codec& codec, const Value& value, const FileNotes& notes,
                       arrow::io::OutputStream& out) {
           if (value.kind() != ValueKind::kStream) return codec.Encode(value, notes, out);
           return codec.Encode(Value::Table(value.stream()->ToTable().ValueOrDie()),
                               notes, out);
         }});
}

bool HasFailed(const std::string& expected) {
  const ::testing::UnitTest& all = *::testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const ::testing::TestSuite& suite = *all.GetTestSuite(i);
    for (int j = 0; j < suite.total_test_count(); ++j) {
      const ::testing::TestInfo& test = *suite.GetTestInfo(j);
      const std::string name = fmt::format("{}.{}", test.test_suite_name(), test.name());
      if (name == expected) return test.should_run() && test.result()->Failed();
    }
  }
  return false;
}

}  // namespace
}  // namespace entrepot::testing

int main(int argc, char** argv) {
  using namespace entrepot::testing;
  ::testing::InitGoogleTest(&argc, argv);
  RegisterManagers();
  RegisterCodecs();
  GTEST_FLAG_SET(filter, fmt::format("{}", fmt::join(expected_to_fail, ":")));
  if (RUN_ALL_TESTS() == 0) return 1;  // It has to fail.
  const auto not_found =
      std::ranges::count_if(expected_to_fail, [](const std::string& name) {
        if (HasFailed(name)) return false;
        std::printf("this fault was not found: %s\n", name.c_str());
        return true;
      });
  std::printf("%zu faults, %zd of them not found\n", expected_to_fail.size(), not_found);
  return not_found == 0 ? 0 : 1;
}
