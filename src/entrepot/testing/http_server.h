#pragma once

/// \file entrepot/testing/http_server.h
/// An HTTP server on loopback that answers, and misbehaves, as a test tells it.

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace entrepot::testing {

/// A request as it arrived. Plain data.
struct HttpRequestSeen {
  std::string method{};
  std::string target{};                          ///< Path and query, encoded.
  std::map<std::string, std::string> headers{};  ///< By lower-case name.
};

/// What to answer. Plain data.
struct HttpAnswer {
  int status = 200;
  std::string body{};
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers{};
  std::chrono::milliseconds delay{0};  ///< Before anything is sent.
  std::optional<size_t> cut_after{};   ///< Closes after so many bytes of the body.
};

/// Listens on a free port of 127.0.0.1 until it is destroyed. Each connection is served
/// by a thread of its own, several requests one after another. Safe for concurrent use,
/// as far as the function that makes the answers is.
class HttpServer {
 public:
  using Answer = std::function<HttpAnswer(const HttpRequestSeen&)>;

  explicit HttpServer(Answer answer);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string url() const;  ///< "http://127.0.0.1:<port>"
  int port() const;

  /// What has arrived so far.
  std::vector<HttpRequestSeen> requests() const;
  int num_connections() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Answers every request alike.
HttpServer::Answer Always(HttpAnswer answer);

}  // namespace entrepot::testing
