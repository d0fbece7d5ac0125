/// \file examples/specification/01_io_manager.cc
/// An I/O manager of one's own: every value is a file below one folder, in the first
/// format that takes it. It stores what assets make, and what ops of a job make. (The
/// built-in manager also survives crashes in between, and changes of the format.)

#include <filesystem>
#include <iostream>

#include <arrow/filesystem/localfs.h>
#include <arrow/io/interfaces.h>
#include <arrow/json/from_string.h>
#include <arrow/table.h>

#include "entrepot/arrow_result.h"
#include "entrepot/asset/key_path.h"
#include "entrepot/entrepot.h"
#include "entrepot/io/partitions.h"

namespace ep = entrepot;

class FolderIOManager final : public ep::IOManager {
 public:
  explicit FolderIOManager(std::string base) : base_(std::move(base)) {}

  ep::Status HandleOutput(ep::OutputContext& context, const ep::Value& value) override {
    ENTREPOT_ASSIGN_OR_RETURN(const auto codec, codecs_.ForValue(value));
    ENTREPOT_ASSIGN_OR_RETURN(const std::string path, PathOf(context, *codec));
    const auto folder = std::filesystem::path(path).parent_path().string();
    ENTREPOT_RETURN_IF_ERROR(files_.CreateDir(folder));
    ENTREPOT_ASSIGN_OR_RETURN(const auto file, files_.OpenOutputStream(path));
    ENTREPOT_RETURN_IF_ERROR(codec->Encode(value, {}, *file));
    ENTREPOT_ASSIGN_OR_RETURN(const std::int64_t size, file->Tell());
    ENTREPOT_RETURN_IF_ERROR(file->Close());
    context.log().Info("stored {} bytes as {}", size, codec->info().format);
    return context.AddOutputMetadata(
        {{"file_path", ep::MetadataValue::Path(path)}, {"file_size_bytes", size}});
  }

  ep::Result<ep::Value> LoadInput(const ep::InputContext& context) override {
    return ep::LoadPartitions(
        context, [this](const ep::InputContext& one) { return LoadOne(one); });
  }

 private:
  ep::Result<ep::Value> LoadOne(const ep::InputContext& context) {
    for (const auto& codec : codecs_.codecs()) {
      ENTREPOT_ASSIGN_OR_RETURN(const std::string path,
                                PathOf(context.upstream_output(), *codec));
      ENTREPOT_ASSIGN_OR_RETURN(const auto info, files_.GetFileInfo(path));
      if (!info.IsFile()) continue;
      ENTREPOT_ASSIGN_OR_RETURN(const auto file, files_.OpenInputFile(path));
      ENTREPOT_ASSIGN_OR_RETURN(ep::Decoded decoded, codec->Decode({.file = file}));
      return decoded.value;
    }
    return ep::NotFound("below '{}' there is no file of {}", base_, context.Describe());
  }

  /// Assets go by their keys, outputs of ops by step and name.
  ep::Result<std::string> PathOf(const ep::OutputContext& output,
                                 const ep::Codec& codec) const {
    std::string path = output.step_key() + "_" + output.name();
    if (output.asset_key()) {
      ENTREPOT_ASSIGN_OR_RETURN(
          path,
          ep::AssetPath(*output.asset_key(), output.partition(), ep::PathLayout::kHive));
    }
    return fmt::format("{}/{}.{}", base_, path, codec.info().extension);
  }

  std::string base_;
  arrow::fs::LocalFileSystem files_;
  ep::CodecRegistry codecs_ = ep::CodecRegistry::WithBuiltins();
};

ep::Result<ep::TablePtr> Orders() {
  ENTREPOT_ASSIGN_OR_RETURN(
      const auto prices, arrow::json::ArrayFromJSONString(arrow::float64(), "[4.5, 80]"));
  const auto schema = arrow::schema({arrow::field("price", arrow::float64())});
  return arrow::Table::Make(schema, {prices});
}

std::int64_t NumOrders(const ep::TablePtr& orders) { return orders->num_rows(); }

int main() {
  ep::Definitions defs;
  defs.Bind("io_manager", std::make_shared<FolderIOManager>("storage"));
  defs.Add(ep::Asset("shop/orders").Compute(Orders));
  defs.Add(ep::Asset("shop/num_orders").Reads("shop/orders").Compute(NumOrders));

  ep::Job job("adding");
  const auto ones = job.Add(ep::Op("ones").Compute([] { return std::vector{1, 1, 1}; }));
  job.Add(ep::Op("add_up").Compute([](const std::vector<int>& numbers) {
    return numbers[0] + numbers[1] + numbers[2];
  }),
          {ones});
  defs.Add(std::move(job));

  const ep::RunResult result = ep::Materialize(defs).value();
  std::cout << result.Output<int>("shop/num_orders").value() << " orders\n";
  // prints: 2 orders

  ep::ExecuteJob(defs, "adding").value().ToStatus().value();
  for (const char* name : {"shop/orders.parquet", "shop/num_orders.json",
                           "ones_result.npy", "add_up_result.json"}) {
    std::cout << name << ": " << std::filesystem::exists(fmt::format("storage/{}", name))
              << '\n';
  }
  // prints: shop/orders.parquet: 1
  // prints: shop/num_orders.json: 1
  // prints: ones_result.npy: 1
  // prints: add_up_result.json: 1
}
