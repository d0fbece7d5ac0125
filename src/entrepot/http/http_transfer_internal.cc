#include "entrepot/http/http_transfer_internal.h"

#include <unistd.h>

#include <algorithm>

namespace entrepot {

CurlHandles::~CurlHandles() {
  if (process_ != getpid()) return;
  for (CURL* handle : idle_) curl_.easy_cleanup(handle);
}

CURL* CurlHandles::Take() {
  const std::lock_guard lock(mutex_);
  if (process_ != getpid()) {
    idle_.clear();  // Closing the parent's connections would send over them.
    process_ = getpid();
  }
  if (idle_.empty()) return curl_.easy_init();
  CURL* handle = idle_.back();
  idle_.pop_back();
  return handle;
}

void CurlHandles::GiveBack(CURL* handle) {
  curl_.easy_reset(handle);  // Keeps the connections.
  const std::lock_guard lock(mutex_);
  idle_.push_back(handle);
}

namespace {

/// What libcurl's callbacks are given.
struct Receiver {
  std::string body;
  std::int64_t max_bytes = 0;
  bool is_too_large = false;
  const std::stop_token* stop = nullptr;
};

size_t TakeBytes(char* data, size_t, size_t num_bytes, void* argument) {
  auto& receiver = *static_cast<Receiver*>(argument);
  if (static_cast<std::int64_t>(receiver.body.size() + num_bytes) > receiver.max_bytes) {
    receiver.is_too_large = true;
    return 0;  // Ends the transfer.
  }
  receiver.body.append(data, num_bytes);
  return num_bytes;
}

int EndIfStopped(void* argument, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Receiver*>(argument)->stop->stop_requested() ? 1 : 0;
}

/// A list of header lines.
class HeaderLines {
 public:
  explicit HeaderLines(const LibCurl& curl) : curl_(curl) {}
  ~HeaderLines() { curl_.slist_free_all(lines_); }
  HeaderLines(const HeaderLines&) = delete;
  HeaderLines& operator=(const HeaderLines&) = delete;

  void Add(const std::string& line) { lines_ = curl_.slist_append(lines_, line.c_str()); }
  curl_slist* lines() const { return lines_; }

 private:
  const LibCurl& curl_;
  curl_slist* lines_ = nullptr;
};

/// Whether what went wrong may be gone at the next attempt.
bool IsPassing(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return true;
    default:
      return false;
  }
}

Error FailureOf(CURLcode code, const std::string& details, const Receiver& receiver) {
  if (receiver.is_too_large) {
    return Invalid("the answer has more than {} bytes, the largest allowed",
                   receiver.max_bytes);
  }
  switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
      return Cancelled("stopped on request");
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return Invalid("not a URL of http or https");
    case CURLE_PARTIAL_FILE:
      return Unavailable(
          "the connection broke in the middle of the answer ({} bytes of "
          "it arrived)",
          receiver.body.size());
    case CURLE_SSL_CACERT_BADFILE:
      return Invalid("the certificates to trust cannot be read: {}", details);
    default:
      return Unavailable("{}", details);
  }
}

template <typename Value>
Value InfoOf(const LibCurl& curl, CURL* handle, CURLINFO info) {
  Value value{};
  curl.easy_getinfo(handle, info, &value);
  return value;
}

std::string TextOf(const LibCurl& curl, CURL* handle, CURLINFO info) {
  const char* text = InfoOf<const char*>(curl, handle, info);
  return text != nullptr ? text : "";
}

}  // namespace

HttpTransfer TransferHttp(const LibCurl& curl, CurlHandles& handles,
                          const HttpClientOptions& options, const std::string& url,
                          bool with_secrets, const std::stop_token& stop) {
  HttpTransfer transfer;
  CURL* const handle = handles.Take();
  if (handle == nullptr) {
    transfer.failure = Unavailable("libcurl is out of memory");
    return transfer;
  }
  Receiver receiver{.body = {}, .max_bytes = options.max_body_bytes, .stop = &stop};
  HeaderLines headers(curl);
  if (with_secrets) {
    if (!options.bearer_token.empty())
      headers.Add("Authorization: Bearer " + options.bearer_token);
    for (const auto& [name, value] : options.headers)
      headers.Add(value.empty() ? name + ";" : name + ": " + value);
  }
  char details[CURL_ERROR_SIZE] = "";
  const auto set = [&](CURLoption option, auto value) {
    curl.easy_setopt(handle, option, value);
  };
  set(CURLOPT_ERRORBUFFER, details);
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_PROXY, options.proxy.c_str());  // "" keeps libcurl off the environment.
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
  set(CURLOPT_HTTPHEADER, headers.lines());
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
  set(CURLOPT_WRITEFUNCTION, TakeBytes);
  set(CURLOPT_WRITEDATA, &receiver);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, EndIfStopped);
  set(CURLOPT_XFERINFODATA, &receiver);
  if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());

  const CURLcode code = curl.easy_perform(handle);
  if (code == CURLE_OK) {
    transfer.status =
        static_cast<int>(InfoOf<long>(curl, handle, CURLINFO_RESPONSE_CODE));
    transfer.content_type = TextOf(curl, handle, CURLINFO_CONTENT_TYPE);
    transfer.redirect = TextOf(curl, handle, CURLINFO_REDIRECT_URL);
    transfer.retry_after = std::chrono::seconds(
        std::max<curl_off_t>(0, InfoOf<curl_off_t>(curl, handle, CURLINFO_RETRY_AFTER)));
    transfer.body = std::move(receiver.body);
  } else {
    const std::string why = details[0] != 0 ? details : curl.easy_strerror(code);
    transfer.failure = FailureOf(code, why, receiver);
    transfer.may_retry = IsPassing(code);
  }
  handles.GiveBack(handle);
  return transfer;
}

}  // namespace entrepot
