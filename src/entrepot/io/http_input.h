#pragma once

/// \file entrepot/io/http_input.h
/// Inputs that an HTTP API answers.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "entrepot/config/fields.h"
#include "entrepot/config/secret.h"
#include "entrepot/http/http_client.h"
#include "entrepot/io/input_manager.h"

namespace entrepot {

/// How an answer is read.
enum class HttpInputFormat {
  kAuto,  ///< As its content type says.
  kJson,  ///< An array of objects, one per row.
  kCsv,   ///< With a line of names.
};

struct HttpInputOptions {
  std::string base_url{};  ///< http or https; no credentials, no query.
  Secret bearer_token{};
  std::map<std::string, Secret> headers{};
  std::string endpoint{};  ///< "": the last part of the asset key, else the input's name.
  std::map<std::string, std::string> query{};  ///< Sent with every request.

  /// The query parameter of the partition keys, which are joined by the separator; with
  /// an empty separator the parameter is repeated.
  std::string partition_parameter = "partitions";
  std::string partition_separator = ",";

  HttpInputFormat format = HttpInputFormat::kAuto;
  std::string records_path{};  ///< Where a JSON answer has its records: "data.items".

  std::chrono::milliseconds timeout{60'000};  ///< Of one attempt.
  std::chrono::milliseconds connect_timeout{10'000};
  int max_retries = 3;  ///< After failed connections, 429 and 5xx.
  std::chrono::milliseconds retry_delay{500};
  std::chrono::milliseconds max_retry_delay{30'000};
  std::int64_t max_body_bytes = std::int64_t{256} << 20;
  std::string proxy{};    ///< "": none.
  std::string ca_file{};  ///< "": the system's certificates.

  /// The options as configuration, with the same names.
  static const FieldList<HttpInputOptions>& Fields();
};

/// Loads a table from `<base_url>/<endpoint>`. The input's (or the upstream asset's)
/// metadata "endpoint" wins over the option; several partitions are asked for in one
/// request. JSON: an array of objects, as json_records_internal.h reads it (missing
/// members are null, integers and fractions together are doubles, objects are structs);
/// CSV: types as Arrow infers them. Requests are not stored: each load asks anew. Safe
/// for concurrent use.
class HttpInput final : public InputManager {
 public:
  /// Errors: kInvalid      no URL, or one with credentials or a query; a header that
  ///                       cannot be sent
  ///         kUnsupported  there is no libcurl
  static Result<std::shared_ptr<HttpInput>> Make(HttpInputOptions options);

  /// Returns a table; a stream of it on request; nothing for an asset none of whose
  /// partitions is to be read.
  ///
  /// Errors: as HttpClient::Get's, and
  ///         kCorrupt  an empty answer, half of one, or one that is not such JSON or CSV
  ///         kInvalid  no endpoint; another content type (set the format); no records at
  ///                   records_path; a partition key that contains the separator
  Result<Value> LoadInput(const InputContext& context) override;

 private:
  HttpInput(HttpInputOptions options, std::shared_ptr<const HttpClient> client)
      : options_(std::move(options)), client_(std::move(client)) {}

  Result<Value> Load(const InputContext& context) const;
  Result<std::string> UrlFor(const InputContext& context) const;
  Result<HttpFields> QueryFor(const InputContext& context) const;
  Result<TablePtr> Read(HttpResponse response) const;

  HttpInputOptions options_;
  std::shared_ptr<const HttpClient> client_;
};

}  // namespace entrepot
