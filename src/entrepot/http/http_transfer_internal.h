#pragma once

/// \file entrepot/http/http_transfer_internal.h
/// One request to one host, and its answer, by libcurl.

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "entrepot/http/http_client.h"
#include "entrepot/http/libcurl_internal.h"

namespace entrepot {

/// What came of a transfer: an answer of any status, or `failure`. Plain data.
struct HttpTransfer {
  int status = 0;
  std::string content_type{};
  std::string body{};
  std::string redirect{};  ///< Where a 3xx points, absolute; "" for none.
  std::chrono::seconds retry_after{0};
  std::optional<Error> failure{};  ///< The message has no URL yet.
  bool may_retry = false;          ///< Whether the failure may pass.
};

/// libcurl's handles that are not in use, each with its open connections. Safe for
/// concurrent use. What was opened before a fork stays the parent's.
class CurlHandles {
 public:
  explicit CurlHandles(const LibCurl& curl) : curl_(curl) {}
  ~CurlHandles();
  CurlHandles(const CurlHandles&) = delete;
  CurlHandles& operator=(const CurlHandles&) = delete;

  /// Returns a handle as good as new; null where memory is short.
  CURL* Take();
  void GiveBack(CURL* handle);

 private:
  const LibCurl& curl_;
  std::mutex mutex_;
  std::vector<CURL*> idle_;
  int process_ = 0;  // That opened them.
};

/// Sends one GET and reads its answer, following nothing. `with_secrets`: with the
/// options' token and headers.
HttpTransfer TransferHttp(const LibCurl& curl, CurlHandles& handles,
                          const HttpClientOptions& options, const std::string& url,
                          bool with_secrets, const std::stop_token& stop);

}  // namespace entrepot
