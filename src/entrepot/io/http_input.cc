#include "entrepot/io/http_input.h"

#include <algorithm>
#include <limits>

#include <arrow/buffer.h>
#include <arrow/csv/api.h>
#include <arrow/io/memory.h>
#include <arrow/table.h>

#include "entrepot/arrow_result.h"
#include "entrepot/io/context.h"
#include "entrepot/io/input_metadata_internal.h"
#include "entrepot/io/json_records_internal.h"

namespace entrepot {
namespace {

/// Returns "text/csv" for "Text/CSV; charset=utf-8".
std::string MediaType(std::string content_type) {
  content_type.resize(std::min(content_type.size(), content_type.find(';')));
  while (content_type.ends_with(' ')) content_type.pop_back();
  std::transform(content_type.begin(), content_type.end(), content_type.begin(),
                 ::tolower);
  return content_type;
}

Result<HttpInputFormat> FormatOf(const HttpResponse& response) {
  const std::string type = MediaType(response.content_type);
  if (type == "application/json" || type == "text/json" || type.ends_with("+json"))
    return HttpInputFormat::kJson;
  if (type == "text/csv" || type == "application/csv") return HttpInputFormat::kCsv;
  return Invalid(
      "its content type is '{}', neither JSON nor CSV; if it is one of these, say so by "
      "format",
      type);
}

Result<TablePtr> TableFromCsv(std::string body) {
  auto options = arrow::csv::ReadOptions::Defaults();
  // In one block, so that a line may be of any length.
  options.block_size = static_cast<std::int32_t>(
      std::clamp<size_t>(body.size(), 1, std::numeric_limits<std::int32_t>::max()));
  const auto input = std::make_shared<arrow::io::BufferReader>(
      arrow::Buffer::FromString(std::move(body)));
  options.use_threads = false;  // Steps are parallel already.
  auto parse = arrow::csv::ParseOptions::Defaults();
  parse.newlines_in_values = true;
  ENTREPOT_ASSIGN_OR_RETURN(
      const auto reader,
      arrow::csv::TableReader::Make(arrow::io::default_io_context(), input, options,
                                    parse, arrow::csv::ConvertOptions::Defaults()));
  const auto table = reader->Read();
  if (!table.ok()) return Corrupt("it is not CSV: {}", table.status().message());
  return *table;
}

/// Encodes the segments of a path, "v2/users".
Result<std::string> EncodedPath(std::string_view path) {
  std::string encoded;
  while (!path.empty()) {
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), segment.size() + 1));
    if (segment == "." || segment == "..")
      return Invalid("endpoints may not have '{}' as a part", segment);
    encoded += "/" + EncodeUrlSegment(segment);
  }
  return encoded;
}

}  // namespace

const FieldList<HttpInputOptions>& HttpInputOptions::Fields() {
  using Options = HttpInputOptions;
  static const auto fields =
      FieldList<Options>("the HTTP input manager")
          .Field("base_url", &Options::base_url, "What endpoints are below.",
                 {.is_required = true})
          .Field("bearer_token", &Options::bearer_token,
                 "Sent as 'Authorization: Bearer', to this host only.")
          .Field("headers", &Options::headers, "Sent too, to this host only.")
          .Field("endpoint", &Options::endpoint,
                 "Path below base_url; by default the last part of the asset key, else "
                 "the input's name. Metadata 'endpoint' wins.")
          .Field("query", &Options::query, "Parameters of every request.")
          .Field("partition_parameter", &Options::partition_parameter,
                 "The parameter that gets the partition keys.")
          .Field("partition_separator", &Options::partition_separator,
                 "What joins several keys; '' repeats the parameter.")
          .Choice("format", &Options::format,
                  {{"auto", HttpInputFormat::kAuto},
                   {"json", HttpInputFormat::kJson},
                   {"csv", HttpInputFormat::kCsv}},
                  "What answers are, whatever their content type.")
          .Field("records_path", &Options::records_path,
                 "Where a JSON answer has its records, e.g. 'data.items'.")
          .Field("timeout", &Options::timeout, "Of one attempt.")
          .Field("connect_timeout", &Options::connect_timeout, "Of connecting.")
          .Field("max_retries", &Options::max_retries,
                 "How often to try again after a failed connection, 429 or 5xx.",
                 {.at_least = 0, .at_most = 100})
          .Field("retry_delay", &Options::retry_delay,
                 "Before the first retry; doubles from one to the next.")
          .Field("max_retry_delay", &Options::max_retry_delay,
                 "The longest wait, also where a server asks for one.")
          .Field("max_body_bytes", &Options::max_body_bytes,
                 "The largest answer, unpacked.", {.at_least = 1})
          .Field("proxy", &Options::proxy, "URL of a proxy; '' for none.")
          .Field("ca_file", &Options::ca_file,
                 "Certificates to trust instead of the system's (PEM).");
  return fields;
}

Result<std::shared_ptr<HttpInput>> HttpInput::Make(HttpInputOptions options) {
  std::string& url = options.base_url;
  while (url.ends_with('/')) url.pop_back();
  if (!url.starts_with("http://") && !url.starts_with("https://")) {
    return Invalid("base_url must begin with 'http://' or 'https://', not be '{}'",
                   UrlForMessages(url));
  }
  if (UrlForMessages(url) != url) {
    return Invalid(
        "base_url '{}' may have neither credentials nor a query; there are bearer_token, "
        "headers and query for these",
        UrlForMessages(url));
  }
  HttpClientOptions client_options{.bearer_token = options.bearer_token.Reveal(),
                                   .connect_timeout = options.connect_timeout,
                                   .timeout = options.timeout,
                                   .max_retries = options.max_retries,
                                   .retry_delay = options.retry_delay,
                                   .max_retry_delay = options.max_retry_delay,
                                   .max_body_bytes = options.max_body_bytes,
                                   .proxy = options.proxy,
                                   .ca_file = options.ca_file};
  for (const auto& [name, value] : options.headers)
    client_options.headers.emplace_back(name, value.Reveal());
  ENTREPOT_ASSIGN_OR_RETURN(auto client, HttpClient::Make(std::move(client_options)));
  return std::shared_ptr<HttpInput>(new HttpInput(std::move(options), std::move(client)));
}

Result<Value> HttpInput::LoadInput(const InputContext& context) {
  auto value = Load(context);
  if (!value) return value.error().While("loading " + context.Describe());
  return value;
}

Result<Value> HttpInput::Load(const InputContext& context) const {
  const bool has_partitions = context.has_asset_partitions();
  if (has_partitions && context.asset_partition_keys().empty()) return Value();
  ENTREPOT_ASSIGN_OR_RETURN(std::string url, UrlFor(context));
  ENTREPOT_ASSIGN_OR_RETURN(HttpFields query, QueryFor(context));
  context.log().Info("GET {}{}", url,
                     has_partitions ? fmt::format(" ({} partitions)",
                                                  context.asset_partition_keys().size())
                                    : "");
  ENTREPOT_ASSIGN_OR_RETURN(
      HttpResponse response,
      client_->Get(
          {.url = url, .query = std::move(query), .stop = context.stop_token()}));
  auto table = Read(std::move(response));
  if (!table) return table.error().While("the answer of " + url);
  context.log().Info("{} records from {}", (*table)->num_rows(), url);
  if (!context.request().as_stream) return Value::Table(*std::move(table));
  return Value::Stream(std::make_shared<arrow::TableBatchReader>(*std::move(table)));
}

Result<std::string> HttpInput::UrlFor(const InputContext& context) const {
  ENTREPOT_ASSIGN_OR_RETURN(const auto in_metadata, TextInMetadata(context, "endpoint"));
  std::string path;
  if (in_metadata || !options_.endpoint.empty()) {
    ENTREPOT_ASSIGN_OR_RETURN(path, EncodedPath(in_metadata.value_or(options_.endpoint)));
  } else if (context.asset_key()) {
    // A part of a key is one segment, whatever is in it.
    const std::string& last = context.asset_key()->path().back();
    if (last == "." || last == "..")
      return Invalid("'{}' is no endpoint; name one by metadata 'endpoint'", last);
    path = "/" + EncodeUrlSegment(last);
  } else {
    ENTREPOT_ASSIGN_OR_RETURN(path, EncodedPath(context.name()));
  }
  if (path.empty())
    return Invalid(
        "no endpoint: there is neither an asset key nor an input's name, and "
        "no metadata 'endpoint'");
  return options_.base_url + path;
}

Result<HttpFields> HttpInput::QueryFor(const InputContext& context) const {
  HttpFields query(options_.query.begin(), options_.query.end());
  if (!context.has_asset_partitions()) return query;
  const std::string& separator = options_.partition_separator;
  std::string joined;
  for (const std::string& key : context.asset_partition_keys()) {
    if (separator.empty()) {
      query.emplace_back(options_.partition_parameter, key);
      continue;
    }
    if (key.find(separator) != key.npos) {
      return Invalid(
          "partition key '{}' contains the separator '{}'; set another "
          "partition_separator",
          key, separator);
    }
    joined += (joined.empty() ? "" : separator) + key;
  }
  if (!separator.empty()) query.emplace_back(options_.partition_parameter, joined);
  return query;
}

Result<TablePtr> HttpInput::Read(HttpResponse response) const {
  if (response.body.empty()) return Corrupt("it is empty (status {})", response.status);
  HttpInputFormat format = options_.format;
  if (format == HttpInputFormat::kAuto) {
    ENTREPOT_ASSIGN_OR_RETURN(format, FormatOf(response));
  }
  if (format == HttpInputFormat::kCsv) return TableFromCsv(std::move(response.body));
  return TableFromJson(response.body, options_.records_path);
}

}  // namespace entrepot
