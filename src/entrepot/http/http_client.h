#pragma once

/// \file entrepot/http/http_client.h
/// GET requests over HTTP and HTTPS.

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "entrepot/result.h"

namespace entrepot {

/// Names and values, in their order.
using HttpFields = std::vector<std::pair<std::string, std::string>>;

/// What all requests of a client share. Plain data; holds secrets.
struct HttpClientOptions {
  std::string bearer_token{};  ///< Sent as "Authorization: Bearer …"; "" sends none.
  HttpFields headers{};

  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds timeout{60'000};  ///< Of one attempt, its answer included.

  /// How often a failed attempt is repeated: after a connection that failed, 429, and 5xx
  /// but 501.
  int max_retries = 3;

  /// Before the first retry; doubles from one to the next up to max_retry_delay, with a
  /// random half. A server that asks for more by Retry-After gets it, up to
  /// max_retry_delay; beyond that the request fails at once.
  std::chrono::milliseconds retry_delay{500};
  std::chrono::milliseconds max_retry_delay{30'000};

  std::int64_t max_body_bytes = std::int64_t{256} << 20;  ///< Of an answer, unpacked.
  std::string proxy{};    ///< URL; "" connects directly: the environment is not asked.
  std::string ca_file{};  ///< Certificates to trust instead of the system's; PEM.
};

struct HttpRequest {
  std::string url{};       ///< http or https, without query.
  HttpFields query{};      ///< Not encoded. May hold secrets.
  std::stop_token stop{};  ///< Ends the request within about a second.
};

/// An answer of status 2xx. Plain data.
struct HttpResponse {
  int status = 0;
  std::string content_type{};  ///< As sent: "application/json; charset=utf-8".
  std::string body{};          ///< Unpacked.
};

/// Sends requests, keeping connections open for the next. Redirects are followed; token
/// and headers stay with the host (and port and scheme) they were meant for. Error
/// messages name the URL without credentials and query, the status, and the first bytes
/// of the answer. Safe for concurrent use.
class HttpClient {
 public:
  /// Errors: kInvalid      a header or token that no request can carry
  ///         kUnsupported  there is no libcurl
  static Result<std::shared_ptr<const HttpClient>> Make(HttpClientOptions options);
  ~HttpClient();

  /// Errors: kInvalid      not such a URL; any other 4xx; an answer of too many bytes
  ///         kPermission   401, 403
  ///         kNotFound     404, 410
  ///         kUnavailable  no connection, a broken one, 408, 429, 5xx, more redirects
  ///                       than ten
  ///         kCancelled    request.stop
  Result<HttpResponse> Get(const HttpRequest& request) const;

 private:
  struct State;
  explicit HttpClient(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

/// Returns `url` without what may be secret in it: credentials, query and fragment.
std::string UrlForMessages(std::string_view url);

/// Returns `text` as one segment of a URL's path: all but unreserved characters encoded.
std::string EncodeUrlSegment(std::string_view text);

}  // namespace entrepot
