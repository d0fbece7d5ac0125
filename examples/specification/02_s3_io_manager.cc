/// \file examples/specification/02_s3_io_manager.cc
/// An I/O manager over a bucket, made from its configuration and from a client that is a
/// resource of its own. It talks to whatever S3 the environment names (AWS_ENDPOINT_URL,
/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_DEFAULT_REGION).

#include <cstdlib>
#include <iostream>

#include <arrow/filesystem/s3fs.h>
#include <arrow/io/memory.h>
#include <arrow/json/from_string.h>
#include <arrow/table.h>

#include "entrepot/arrow_result.h"
#include "entrepot/asset/key_path.h"
#include "entrepot/entrepot.h"
#include "entrepot/io/partitions.h"

namespace ep = entrepot;
using S3 = arrow::fs::S3FileSystem;

struct S3IOManagerOptions {
  std::string bucket_name;
  std::string prefix = "entrepot";

  static const ep::FieldList<S3IOManagerOptions>& Fields() {
    static const auto fields =
        ep::FieldList<S3IOManagerOptions>("s3_io_manager")
            .Field("bucket_name", &S3IOManagerOptions::bucket_name, "S3 bucket name.",
                   {.is_required = true})
            .Field("prefix", &S3IOManagerOptions::prefix, "S3 key prefix.");
    return fields;
  }
};

class S3IOManager final : public ep::IOManager {
 public:
  S3IOManager(S3IOManagerOptions options, std::shared_ptr<S3> s3)
      : options_(std::move(options)), s3_(std::move(s3)) {}

  ep::Status HandleOutput(ep::OutputContext& context, const ep::Value& value) override {
    ENTREPOT_ASSIGN_OR_RETURN(const auto codec, codecs_.ForValue(value));
    ENTREPOT_ASSIGN_OR_RETURN(const auto bytes, arrow::io::BufferOutputStream::Create());
    ENTREPOT_RETURN_IF_ERROR(codec->Encode(value, {}, *bytes));
    ENTREPOT_ASSIGN_OR_RETURN(const auto buffer, bytes->Finish());

    // Encoded before: a stream of S3 publishes what it has, even where it is given up.
    ENTREPOT_ASSIGN_OR_RETURN(const std::string path, PathOf(context, *codec));
    ENTREPOT_ASSIGN_OR_RETURN(const auto object, s3_->OpenOutputStream(path));
    ENTREPOT_RETURN_IF_ERROR(object->Write(buffer));
    ENTREPOT_RETURN_IF_ERROR(object->Close());
    return context.AddOutputMetadata(
        {{"s3_uri", ep::MetadataValue::Url("s3://" + path)}});
  }

  ep::Result<ep::Value> LoadInput(const ep::InputContext& context) override {
    return ep::LoadPartitions(
        context, [this](const ep::InputContext& one) { return LoadOne(one); });
  }

 private:
  ep::Result<ep::Value> LoadOne(const ep::InputContext& context) const {
    for (const auto& codec : codecs_.codecs()) {
      ENTREPOT_ASSIGN_OR_RETURN(const std::string path,
                                PathOf(context.upstream_output(), *codec));
      ENTREPOT_ASSIGN_OR_RETURN(const auto info, s3_->GetFileInfo(path));
      if (!info.IsFile()) continue;
      ENTREPOT_ASSIGN_OR_RETURN(const auto object, s3_->OpenInputFile(info));
      ENTREPOT_ASSIGN_OR_RETURN(ep::Decoded decoded, codec->Decode({.file = object}));
      return decoded.value;
    }
    return ep::NotFound("bucket '{}' has no object of {}", options_.bucket_name,
                        context.Describe());
  }

  ep::Result<std::string> PathOf(const ep::OutputContext& output,
                                 const ep::Codec& codec) const {
    std::string path = output.step_key() + "_" + output.name();
    if (output.asset_key()) {
      ENTREPOT_ASSIGN_OR_RETURN(
          path,
          ep::AssetPath(*output.asset_key(), output.partition(), ep::PathLayout::kHive));
    }
    return fmt::format("{}/{}/{}.{}", options_.bucket_name, options_.prefix, path,
                       codec.info().extension);
  }

  S3IOManagerOptions options_;
  std::shared_ptr<S3> s3_;
  ep::CodecRegistry codecs_ = ep::CodecRegistry::WithBuiltins();
};

ep::Result<std::shared_ptr<S3>> ConnectToS3(const ep::ResourceContext&) {
  auto options = arrow::fs::S3Options::Defaults();  // Keys and region: the environment's.
  if (const char* url = std::getenv("AWS_ENDPOINT_URL")) options.endpoint_override = url;
  options.allow_bucket_creation = true;
  return ep::FromArrow(S3::Make(options));
}

ep::Result<std::shared_ptr<S3IOManager>> MakeS3IOManager(
    const S3IOManagerOptions& options, const ep::ResourceContext& context) {
  ENTREPOT_ASSIGN_OR_RETURN(auto s3, context.resources.Get<S3>("s3"));
  ENTREPOT_RETURN_IF_ERROR(s3->CreateDir(options.bucket_name));
  return std::make_shared<S3IOManager>(options, std::move(s3));
}

ep::Result<ep::TablePtr> Orders() {
  ENTREPOT_ASSIGN_OR_RETURN(
      const auto prices, arrow::json::ArrayFromJSONString(arrow::float64(), "[4.5, 80]"));
  const auto schema = arrow::schema({arrow::field("price", arrow::float64())});
  return arrow::Table::Make(schema, {prices});
}

void Run() {
  ep::Definitions defs;
  defs.Bind("s3", ConnectToS3);
  defs.Bind<S3IOManagerOptions>("io_manager", MakeS3IOManager, {"s3"});
  defs.Add(ep::Asset("orders").Compute(Orders));
  defs.Add(ep::Asset("summary").Reads("orders").Compute([](const ep::TablePtr& orders) {
    return nlohmann::json{{"rows", orders->num_rows()}};
  }));

  const auto config = ep::ParseAssignment("io_manager.bucket_name=shop").value();
  const auto result = ep::Materialize(defs, {.config = {.given = config}}).value();
  std::cout << result.Output<nlohmann::json>("summary").value() << '\n';
  // prints: {"rows":2}
  for (const ep::StepOutcome& step : result.steps()) {
    const auto& metadata = step.outputs[0].metadata;
    std::cout << ep::FindMetadata(metadata, "s3_uri")->text() << '\n';
  }
  // prints: s3://shop/entrepot/orders.parquet
  // prints: s3://shop/entrepot/summary.json
}

int main() {
  if (!arrow::fs::InitializeS3(arrow::fs::S3GlobalOptions::Defaults()).ok()) return 1;
  Run();
  return arrow::fs::FinalizeS3().ok() ? 0 : 1;
}
