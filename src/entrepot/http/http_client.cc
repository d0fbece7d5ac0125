#include "entrepot/http/http_client.h"

#include <algorithm>
#include <condition_variable>
#include <random>

#include "entrepot/http/http_transfer_internal.h"

namespace entrepot {
namespace {

using std::chrono::milliseconds;

constexpr int kMaxRedirects = 10;
constexpr size_t kExcerptBytes = 200;

/// A parsed URL.
class Url {
 public:
  static Result<Url> Parse(const LibCurl& curl, const std::string& text) {
    Url url(curl);
    if (curl.url_set(url.parsed_.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
      return Invalid("'{}' is not a URL", UrlForMessages(text));
    const std::string scheme = url.Part(CURLUPART_SCHEME);
    if (scheme != "http" && scheme != "https")
      return Invalid("'{}' is not a URL of http or https", UrlForMessages(text));
    return url;
  }

  /// What decides who may see a secret.
  std::string Origin() const {
    return fmt::format("{}://{}:{}", Part(CURLUPART_SCHEME), Part(CURLUPART_HOST),
                       Part(CURLUPART_PORT, CURLU_DEFAULT_PORT));
  }

 private:
  explicit Url(const LibCurl& curl)
      : curl_(&curl), parsed_(curl.url(), curl.url_cleanup) {}

  std::string Part(CURLUPart part, unsigned flags = 0) const {
    char* text = nullptr;
    if (curl_->url_get(parsed_.get(), part, &text, flags) != CURLUE_OK) return {};
    std::string copy = text;
    curl_->free(text);
    return copy;
  }

  const LibCurl* curl_;
  std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed_;
};

Result<std::string> UrlOf(const HttpRequest& request) {
  if (request.url.find_first_of("?#") != std::string::npos) {
    return Invalid("'{}' has a query or a fragment where none may be",
                   UrlForMessages(request.url));
  }
  std::string url = request.url;
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    url += separator + EncodeUrlSegment(name) + '=' + EncodeUrlSegment(value);
    separator = '&';
  }
  return url;
}

Status CheckHeader(std::string_view name, std::string_view value) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
  const auto is_separator = [&](char c) { return is_control(c) || c == ':' || c == ' '; };
  if (name.empty() || std::any_of(name.begin(), name.end(), is_separator))
    return Invalid("'{}' is not the name of an HTTP header", name);
  if (std::any_of(value.begin(), value.end(), is_control))
    return Invalid(
        "the value of HTTP header '{}' has a line break or another control "
        "character",
        name);
  return {};
}

bool MayPass(int status) {
  return status == 408 || status == 429 || (status >= 500 && status != 501);
}

ErrorCode CodeOf(int status) {
  if (status == 401 || status == 403) return ErrorCode::kPermission;
  if (status == 404 || status == 410) return ErrorCode::kNotFound;
  if (status >= 400 && status < 500 && !MayPass(status)) return ErrorCode::kInvalid;
  return ErrorCode::kUnavailable;
}

/// Sleeps; false if it was asked to stop before or meanwhile.
bool Pause(milliseconds delay, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait_for(lock, stop, delay, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace

struct HttpClient::State {
  const LibCurl& curl;
  HttpClientOptions options;
  CurlHandles handles{curl};

  HttpTransfer FollowRedirects(const std::string& url, const std::stop_token& stop);
  HttpTransfer Judge(HttpTransfer transfer) const;
  std::string Excerpt(const std::string& body) const;
  milliseconds DelayBefore(int retry) const;
};

/// Returns the first bytes of an answer, quoted, without control characters and without
/// our own secrets, which some servers repeat.
std::string HttpClient::State::Excerpt(const std::string& body) const {
  std::string text = body.substr(0, kExcerptBytes + 1000);
  const auto hide = [&](const std::string& secret) {
    for (size_t at = 0; !secret.empty() && (at = text.find(secret, at)) != text.npos;)
      text.replace(at, secret.size(), "***");
  };
  hide(options.bearer_token);
  for (const auto& [name, value] : options.headers) hide(value);
  const bool is_cut = text.size() > kExcerptBytes;
  if (is_cut) text.resize(kExcerptBytes);
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7F)
      c = ' ';
  return fmt::format("'{}'{}", text, is_cut ? "…" : "");
}

/// Sends the request to where it leads in the end.
HttpTransfer HttpClient::State::FollowRedirects(const std::string& first,
                                                const std::stop_token& stop) {
  const auto refuse = [](Error error) {
    HttpTransfer transfer;
    transfer.failure = std::move(error);
    return transfer;
  };
  const auto origin_of = [&](const std::string& url) -> Result<std::string> {
    ENTREPOT_ASSIGN_OR_RETURN(const Url parsed, Url::Parse(curl, url));
    return parsed.Origin();
  };
  const Result<std::string> origin = origin_of(first);
  if (!origin) return refuse(origin.error());
  std::string url = first;
  bool with_secrets = true;
  for (int num_redirects = 0; num_redirects <= kMaxRedirects; ++num_redirects) {
    HttpTransfer transfer = TransferHttp(curl, handles, options, url, with_secrets, stop);
    if (transfer.failure || transfer.redirect.empty()) return transfer;
    url = transfer.redirect;
    const Result<std::string> next = origin_of(url);
    if (!next) return refuse(next.error().While("redirected"));
    with_secrets = with_secrets && *next == *origin;
  }
  return refuse(Unavailable("more than {} redirects", kMaxRedirects));
}

/// Makes a failure of every status but 2xx.
HttpTransfer HttpClient::State::Judge(HttpTransfer transfer) const {
  if (transfer.failure || (transfer.status >= 200 && transfer.status < 300))
    return transfer;
  std::string message = fmt::format("answered {}", transfer.status);
  if (!transfer.body.empty()) message += ": " + Excerpt(transfer.body);
  if (CodeOf(transfer.status) == ErrorCode::kPermission)
    message += options.bearer_token.empty() ? "; it may want a bearer token"
                                            : "; check the bearer token";
  transfer.failure = Error(CodeOf(transfer.status), std::move(message));
  transfer.may_retry = MayPass(transfer.status);
  return transfer;
}

milliseconds HttpClient::State::DelayBefore(int retry) const {
  thread_local std::minstd_rand random{std::random_device{}()};
  const double doubled = static_cast<double>(options.retry_delay.count()) *
                         static_cast<double>(1 << std::min(retry - 1, 20));
  const double longest =
      std::min(doubled, static_cast<double>(options.max_retry_delay.count()));
  return milliseconds(static_cast<std::int64_t>(
      longest * std::uniform_real_distribution(0.5, 1.0)(random)));
}

HttpClient::HttpClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpClient::~HttpClient() = default;

Result<std::shared_ptr<const HttpClient>> HttpClient::Make(HttpClientOptions options) {
  ENTREPOT_RETURN_IF_ERROR(CheckHeader("Authorization", options.bearer_token));
  for (const auto& [name, value] : options.headers)
    ENTREPOT_RETURN_IF_ERROR(CheckHeader(name, value));
  ENTREPOT_ASSIGN_OR_RETURN(const LibCurl* curl, LibCurl::Load());
  auto state = std::unique_ptr<State>(new State{*curl, std::move(options)});
  return std::shared_ptr<const HttpClient>(new HttpClient(std::move(state)));
}

Result<HttpResponse> HttpClient::Get(const HttpRequest& request) const {
  ENTREPOT_ASSIGN_OR_RETURN(const std::string url, UrlOf(request));
  const HttpClientOptions& options = state_->options;
  for (int attempt = 1;; ++attempt) {
    HttpTransfer transfer = state_->Judge(state_->FollowRedirects(url, request.stop));
    if (!transfer.failure) {
      return HttpResponse{.status = transfer.status,
                          .content_type = std::move(transfer.content_type),
                          .body = std::move(transfer.body)};
    }
    const bool asks_too_much = transfer.retry_after > options.max_retry_delay;
    if (!transfer.may_retry || attempt > options.max_retries || asks_too_much) {
      std::string doing = "GET " + UrlForMessages(request.url);
      if (attempt > 1) doing += fmt::format(" ({} attempts)", attempt);
      if (transfer.may_retry && asks_too_much)
        doing += fmt::format(" (asked to wait {} s)", transfer.retry_after.count());
      return transfer.failure->While(std::move(doing));
    }
    const milliseconds asked = transfer.retry_after;
    if (!Pause(std::max(asked, state_->DelayBefore(attempt)), request.stop)) {
      return Cancelled("stopped on request").While("GET " + UrlForMessages(request.url));
    }
  }
}

std::string UrlForMessages(std::string_view url) {
  const std::string_view shown = url.substr(0, url.find_first_of("?#"));
  const size_t scheme_end = shown.find("://");
  const size_t start = scheme_end == shown.npos ? 0 : scheme_end + 3;
  const std::string_view authority = shown.substr(start, shown.find('/', start) - start);
  const size_t at = authority.rfind('@');
  const size_t host = at == authority.npos ? start : start + at + 1;
  return std::string(shown.substr(0, start)) + std::string(shown.substr(host));
}

std::string EncodeUrlSegment(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool is_plain = is_letter || (c >= '0' && c <= '9') ||
                          std::string_view("-._~").find(c) != std::string_view::npos;
    if (is_plain) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

}  // namespace entrepot
