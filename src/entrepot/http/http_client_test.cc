#include "entrepot/http/http_client.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include <gmock/gmock.h>

#include "entrepot/clock.h"
#include "entrepot/testing/forks.h"
#include "entrepot/testing/http_server.h"
#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using testing::Always;
using ::testing::Contains;
using ::testing::Each;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using testing::HttpRequestSeen;
using testing::HttpServer;
using testing::IsOk;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

// Options whose retries do not slow the tests down.
HttpClientOptions Quick() {
  return {.timeout = 5s, .max_retries = 2, .retry_delay = 1ms, .max_retry_delay = 2s};
}

Result<HttpResponse> GetFrom(const HttpServer& server, const std::string& path,
                             HttpClientOptions options = Quick()) {
  const auto client = HttpClient::Make(std::move(options)).value();
  return client->Get({.url = server.url() + path});
}

// Answers as the list says, then with its last element for ever.
HttpServer::Answer OneAfterAnother(std::vector<HttpAnswer> answers) {
  auto next = std::make_shared<std::atomic<size_t>>(0);
  return [answers, next](const HttpRequestSeen&) {
    return answers[std::min(next->fetch_add(1), answers.size() - 1)];
  };
}

TEST(HttpClient, GivesBodyAndContentType) {
  const HttpServer server(Always({.body = "[1]", .content_type = "application/json"}));
  const auto response = GetFrom(server, "/numbers");
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "[1]");
  EXPECT_EQ(response->content_type, "application/json");
}

TEST(HttpClient, EncodesQueryParameters) {
  const HttpServer server(Always({}));
  const auto client = HttpClient::Make(Quick()).value();
  ASSERT_THAT(client->Get({.url = server.url() + "/a",
                           .query = {{"day", "2024-01-01,2024-01-02"},
                                     {"q", "x&y=z +\"\xC3\xA9"}}}),
              IsOk());
  EXPECT_EQ(server.requests().at(0).target,
            "/a?day=2024-01-01%2C2024-01-02&q=x%26y%3Dz%20%2B%22%C3%A9");
}

TEST(HttpClient, SendsTokenAndHeaders) {
  const HttpServer server(Always({}));
  HttpClientOptions options = Quick();
  options.bearer_token = "s3cret";
  options.headers = {{"X-Team", "north"}};
  ASSERT_THAT(GetFrom(server, "/", options), IsOk());
  EXPECT_THAT(server.requests().at(0).headers,
              AllOf(Contains(Pair("authorization", "Bearer s3cret")),
                    Contains(Pair("x-team", "north"))));
}

TEST(HttpClient, RefusesHeadersThatWouldSmuggleOthers) {
  EXPECT_THAT(HttpClient::Make({.bearer_token = "a\r\nX-Admin: 1"}),
              FailsWith(ErrorCode::kInvalid, Not(HasSubstr("X-Admin"))));
  EXPECT_THAT(HttpClient::Make({.headers = {{"a:b", "c"}}}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("a:b")));
}

TEST(HttpClient, UnpacksGzip) {
  // Of "hello hello hello hello\n".
  const std::string packed(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x27\xb9"
      "\x00\x00\x88\x59\x0b\x18\x00\x00\x00",
      29);
  const HttpServer server(
      Always({.body = packed, .headers = {{"Content-Encoding", "gzip"}}}));
  EXPECT_EQ(GetFrom(server, "/").value().body, "hello hello hello hello\n");
  EXPECT_THAT(server.requests().at(0).headers, Contains(Key("accept-encoding")));
}

TEST(HttpClient, ReusesItsConnection) {
  const HttpServer server(Always({.body = "x"}));
  const auto client = HttpClient::Make(Quick()).value();
  for (int i = 0; i < 3; ++i) ASSERT_THAT(client->Get({.url = server.url()}), IsOk());
  EXPECT_EQ(server.num_connections(), 1);
}

TEST(HttpClient, ServesSeveralThreads) {
  const HttpServer server(
      [](const HttpRequestSeen& request) { return HttpAnswer{.body = request.target}; });
  const auto client = HttpClient::Make(Quick()).value();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const std::string path = "/" + std::to_string(i);
      for (int n = 0; n < 10; ++n)
        EXPECT_EQ(client->Get({.url = server.url() + path}).value().body, path);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(server.requests(), SizeIs(40));
  EXPECT_LE(server.num_connections(), 4);
}

TEST(HttpClient, AForkedChildOpensAConnectionOfItsOwn) {
  if (!testing::kMayForkAmidWork) GTEST_SKIP() << "not under this sanitizer";
  const HttpServer server(Always({.body = "x"}));
  const auto client = HttpClient::Make(Quick()).value();
  ASSERT_THAT(client->Get({.url = server.url()}), IsOk());
  const pid_t child = fork();
  if (child == 0) _exit(client->Get({.url = server.url()}) ? 0 : 1);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(server.num_connections(), 2);
  ASSERT_THAT(client->Get({.url = server.url()}), IsOk());
  EXPECT_EQ(server.num_connections(), 2);
}

TEST(HttpClient, ForbiddenIsAPermissionErrorThatDoesNotShowTheToken) {
  const HttpServer server(
      Always({.status = 401, .body = "no such token: s3cret\n", .content_type = {}}));
  HttpClientOptions options = Quick();
  options.bearer_token = "s3cret";
  EXPECT_THAT(GetFrom(server, "/users", options),
              FailsWith(ErrorCode::kPermission,
                        "GET " + server.url() +
                            "/users: answered 401: 'no such token: *** '; check the "
                            "bearer token"));
  EXPECT_THAT(server.requests(), SizeIs(1)) << "it was tried again";
}

TEST(HttpClient, AMissingPageIsNotFound) {
  const HttpServer server(Always({.status = 404, .body = "what?"}));
  EXPECT_THAT(GetFrom(server, "/usrs"),
              FailsWith(ErrorCode::kNotFound, HasSubstr("/usrs: answered 404: 'what?'")));
}

TEST(HttpClient, AWrongRequestIsNotTriedAgain) {
  const HttpServer server(Always({.status = 422}));
  EXPECT_THAT(GetFrom(server, "/"), FailsWith(ErrorCode::kInvalid, HasSubstr("422")));
  EXPECT_THAT(server.requests(), SizeIs(1));
}

TEST(HttpClient, AServerErrorIsTriedAgain) {
  const HttpServer server(
      OneAfterAnother({{.status = 500}, {.status = 503}, {.body = "x"}}));
  EXPECT_EQ(GetFrom(server, "/").value().body, "x");
  EXPECT_THAT(server.requests(), SizeIs(3));
}

TEST(HttpClient, GivesUpAfterItsRetries) {
  const HttpServer server(Always({.status = 500, .body = "boom"}));
  EXPECT_THAT(GetFrom(server, "/a"),
              FailsWith(ErrorCode::kUnavailable,
                        HasSubstr("/a (3 attempts): answered 500: 'boom'")));
  EXPECT_THAT(server.requests(), SizeIs(3));
}

TEST(HttpClient, WaitsAsLongAsTheServerAsks) {
  const HttpServer server(OneAfterAnother(
      {{.status = 429, .headers = {{"Retry-After", "1"}}}, {.body = "x"}}));
  const Stopwatch stopwatch;
  EXPECT_THAT(GetFrom(server, "/"), IsOk());
  EXPECT_GE(stopwatch.seconds(), 1.0);
}

TEST(HttpClient, DoesNotWaitLongerThanAllowed) {
  const HttpServer server(Always({.status = 429, .headers = {{"Retry-After", "3600"}}}));
  EXPECT_THAT(GetFrom(server, "/"),
              FailsWith(ErrorCode::kUnavailable, HasSubstr("asked to wait 3600 s")));
  EXPECT_THAT(server.requests(), SizeIs(1));
}

TEST(HttpClient, ASlowAnswerTimesOut) {
  const HttpServer server(Always({.delay = 30s}));
  HttpClientOptions options = Quick();
  options.timeout = 100ms;
  options.max_retries = 1;
  EXPECT_THAT(GetFrom(server, "/", options),
              FailsWith(ErrorCode::kUnavailable, HasSubstr("timed out")));
  EXPECT_THAT(server.requests(), SizeIs(2));
}

TEST(HttpClient, ACutAnswerIsFetchedAgain) {
  const HttpServer server(
      OneAfterAnother({{.body = "0123456789", .cut_after = 4}, {.body = "0123456789"}}));
  EXPECT_EQ(GetFrom(server, "/").value().body, "0123456789");
}

TEST(HttpClient, AnAnswerThatIsAlwaysCutIsAnError) {
  const HttpServer server(Always({.body = "0123456789", .cut_after = 4}));
  EXPECT_THAT(
      GetFrom(server, "/"),
      FailsWith(ErrorCode::kUnavailable,
                HasSubstr("in the middle of the answer (4 bytes of it arrived)")));
}

TEST(HttpClient, NobodyListeningIsUnavailable) {
  int port = 0;
  {
    port = HttpServer(Always({})).port();
  }
  const auto client = HttpClient::Make(Quick()).value();
  EXPECT_THAT(client->Get({.url = fmt::format("http://127.0.0.1:{}/a", port)}),
              FailsWith(ErrorCode::kUnavailable, AllOf(HasSubstr("(3 attempts)"),
                                                       HasSubstr("Failed to connect"))));
}

TEST(HttpClient, LimitsTheSizeOfAnswers) {
  const HttpServer server(Always({.body = std::string(1001, 'x')}));
  HttpClientOptions options = Quick();
  options.max_body_bytes = 1000;
  EXPECT_THAT(GetFrom(server, "/", options),
              FailsWith(ErrorCode::kInvalid, HasSubstr("more than 1000 bytes")));
  options.max_body_bytes = 1001;
  EXPECT_THAT(GetFrom(server, "/", options), IsOk());
}

TEST(HttpClient, FollowsRedirectsOfTheSameHostWithToken) {
  const HttpServer server([](const HttpRequestSeen& request) {
    if (request.target == "/new") return HttpAnswer{.body = "here"};
    return HttpAnswer{.status = 302, .headers = {{"Location", "/new"}}};
  });
  HttpClientOptions options = Quick();
  options.bearer_token = "s3cret";
  EXPECT_EQ(GetFrom(server, "/old", options).value().body, "here");
  EXPECT_THAT(server.requests().at(1).headers, Contains(Key("authorization")));
}

TEST(HttpClient, ARedirectElsewhereGetsNeitherTokenNorHeaders) {
  const HttpServer other(Always({.body = "there"}));
  const HttpServer server(
      Always({.status = 307, .headers = {{"Location", other.url() + "/x"}}}));
  HttpClientOptions options = Quick();
  options.bearer_token = "s3cret";
  options.headers = {{"X-Api-Key", "k3y"}};
  EXPECT_EQ(GetFrom(server, "/", options).value().body, "there");
  EXPECT_THAT(other.requests().at(0).headers, AllOf(Not(Contains(Key("authorization"))),
                                                    Not(Contains(Key("x-api-key")))));
}

TEST(HttpClient, DoesNotFollowRedirectsForEver) {
  const HttpServer server(Always({.status = 301, .headers = {{"Location", "/again"}}}));
  EXPECT_THAT(GetFrom(server, "/"),
              FailsWith(ErrorCode::kUnavailable, HasSubstr("more than 10 redirects")));
}

TEST(HttpClient, DoesNotFollowRedirectsToFiles) {
  const HttpServer server(
      Always({.status = 302, .headers = {{"Location", "file:///etc/passwd"}}}));
  EXPECT_THAT(GetFrom(server, "/"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("not a URL of http or https")));
}

TEST(HttpClient, RefusesWhatIsNoUrl) {
  const auto client = HttpClient::Make(Quick()).value();
  EXPECT_THAT(client->Get({.url = "ftp://127.0.0.1/x"}), FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(client->Get({.url = "http://a b/"}), FailsWith(ErrorCode::kInvalid));
}

TEST(HttpClient, StopsWhileItWaitsForTheNextAttempt) {
  const HttpServer server(Always({.status = 503}));
  HttpClientOptions options = Quick();
  options.retry_delay = options.max_retry_delay = 60s;
  const auto client = HttpClient::Make(options).value();
  std::stop_source stop;
  const std::jthread stopper([&] {
    while (server.requests().empty()) std::this_thread::yield();
    stop.request_stop();
  });
  EXPECT_THAT(client->Get({.url = server.url(), .stop = stop.get_token()}),
              FailsWith(ErrorCode::kCancelled));
}

TEST(HttpClient, StopsDuringAnAnswer) {
  const HttpServer server(Always({.delay = 30s}));
  const auto client = HttpClient::Make({.timeout = 60s}).value();
  std::stop_source stop;
  const std::jthread stopper([&] {
    while (server.requests().empty()) std::this_thread::yield();
    stop.request_stop();
  });
  const Stopwatch stopwatch;
  EXPECT_THAT(client->Get({.url = server.url(), .stop = stop.get_token()}),
              FailsWith(ErrorCode::kCancelled));
  EXPECT_LT(stopwatch.seconds(), 5.0);
}

TEST(HttpClient, ErrorsShowNeitherCredentialsNorQuery) {
  EXPECT_EQ(UrlForMessages("https://me:pw@host:8080/a/b?key=1#f"),
            "https://host:8080/a/b");
  EXPECT_EQ(UrlForMessages("https://host/users/@me"), "https://host/users/@me");
  const HttpServer server(Always({.status = 404}));
  const auto client = HttpClient::Make(Quick()).value();
  EXPECT_THAT(client->Get({.url = server.url() + "/a", .query = {{"key", "s3cret"}}}),
              FailsWith(ErrorCode::kNotFound, Not(HasSubstr("s3cret"))));
}

TEST(HttpClient, EncodesSegmentsOfPaths) {
  EXPECT_EQ(EncodeUrlSegment("a b/c?d%e~1"), "a%20b%2Fc%3Fd%25e~1");
}

}  // namespace
}  // namespace entrepot
