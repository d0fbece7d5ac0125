#include "entrepot/testing/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <sstream>
#include <thread>

#include <fmt/format.h>

#include "entrepot/result.h"

namespace entrepot::testing {
namespace {

/// Reads one request's head; nullopt at the end of the connection. `buffer` keeps what
/// has arrived beyond it.
std::optional<std::string> ReadHead(int socket, std::string& buffer) {
  while (true) {
    const size_t end = buffer.find("\r\n\r\n");
    if (end != buffer.npos) {
      std::string head = buffer.substr(0, end);
      buffer.erase(0, end + 4);
      return head;
    }
    char chunk[4096];
    const ssize_t num_read = ::recv(socket, chunk, sizeof chunk, 0);
    if (num_read <= 0) return std::nullopt;
    buffer.append(chunk, static_cast<size_t>(num_read));
  }
}

HttpRequestSeen ParseHead(const std::string& head) {
  HttpRequestSeen request;
  std::istringstream lines(head);
  lines >> request.method >> request.target;
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    const size_t colon = line.find(": ");
    if (colon == line.npos) continue;
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(), ::tolower);
    std::string value = line.substr(colon + 2);
    if (value.ends_with('\r')) value.pop_back();
    request.headers[name] = value;
  }
  return request;
}

std::string Written(const HttpAnswer& answer) {
  std::string text = fmt::format("HTTP/1.1 {} Answer\r\nContent-Length: {}\r\n",
                                 answer.status, answer.body.size());
  if (!answer.content_type.empty())
    text += fmt::format("Content-Type: {}\r\n", answer.content_type);
  for (const auto& [name, value] : answer.headers)
    text += fmt::format("{}: {}\r\n", name, value);
  return text + "\r\n" +
         answer.body.substr(0, answer.cut_after.value_or(answer.body.size()));
}

bool Send(int socket, const std::string& text) {
  size_t sent = 0;
  while (sent < text.size()) {
    const ssize_t n =
        ::send(socket, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += static_cast<size_t>(n);
  }
  return true;
}

}  // namespace

class HttpServer::Impl {
 public:
  explicit Impl(Answer answer) : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    ENTREPOT_CHECK(::bind(listener_, generic, size) == 0);
    ENTREPOT_CHECK(::listen(listener_, 64) == 0);
    ENTREPOT_CHECK(::getsockname(listener_, generic, &size) == 0);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      is_ending_ = true;
      for (const int socket : open_) ::shutdown(socket, SHUT_RDWR);
    }
    ending_.notify_all();
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (std::thread& server : servers_) server.join();
    ::close(listener_);
  }

  int port() const { return port_; }

  std::vector<HttpRequestSeen> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  int num_connections() const {
    const std::lock_guard lock(mutex_);
    return num_connections_;
  }

 private:
  void Accept() {
    while (true) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) return;
      const std::lock_guard lock(mutex_);
      if (is_ending_) {
        ::close(socket);
        return;
      }
      ++num_connections_;
      open_.push_back(socket);
      servers_.emplace_back([this, socket] { Serve(socket); });
    }
  }

  void Serve(int socket) {
    std::string buffer;
    while (const auto head = ReadHead(socket, buffer)) {
      if (!Reply(socket, ParseHead(*head))) break;
    }
    const std::lock_guard lock(mutex_);
    std::erase(open_, socket);
    ::close(socket);
  }

  /// False where the connection is to be closed.
  bool Reply(int socket, HttpRequestSeen request) {
    const HttpAnswer answer = answer_(request);
    {
      std::unique_lock lock(mutex_);
      requests_.push_back(std::move(request));
      ending_.wait_for(lock, answer.delay, [&] { return is_ending_; });
      if (is_ending_) return false;
    }
    return Send(socket, Written(answer)) && !answer.cut_after;
  }

  const Answer answer_;
  int listener_ = -1;
  int port_ = 0;
  std::thread acceptor_;

  mutable std::mutex mutex_;
  std::condition_variable ending_;
  bool is_ending_ = false;
  int num_connections_ = 0;
  std::vector<int> open_;
  std::vector<std::thread> servers_;  // Grown by the acceptor alone.
  std::vector<HttpRequestSeen> requests_;
};

HttpServer::HttpServer(Answer answer)
    : impl_(std::make_unique<Impl>(std::move(answer))) {}
HttpServer::~HttpServer() = default;
std::string HttpServer::url() const { return fmt::format("http://127.0.0.1:{}", port()); }
int HttpServer::port() const { return impl_->port(); }
std::vector<HttpRequestSeen> HttpServer::requests() const { return impl_->requests(); }
int HttpServer::num_connections() const { return impl_->num_connections(); }

HttpServer::Answer Always(HttpAnswer answer) {
  return [answer = std::move(answer)](const HttpRequestSeen&) { return answer; };
}

}  // namespace entrepot::testing
