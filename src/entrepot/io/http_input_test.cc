#include "entrepot/io/http_input.h"

#include <dlfcn.h>

#include <stop_token>
#include <thread>

#include <arrow/api.h>
#include <gmock/gmock.h>

#include "entrepot/io/input_context_for_test.h"
#include "entrepot/testing/http_server.h"
#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using testing::Always;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using testing::HttpRequestSeen;
using testing::HttpServer;
using testing::IsOk;
using ::testing::Not;
using ::testing::Pair;

HttpInputOptions OptionsFor(const HttpServer& server) {
  return {.base_url = server.url() + "/v1", .max_retries = 1, .retry_delay = 1ms};
}

Result<Value> Load(const HttpInputOptions& options, InputContext::Fields input) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto manager, HttpInput::Make(options));
  return manager->LoadInput(InputContext(std::move(input)));
}

// Sales of the days that a request names: what a partitioned API does.
HttpAnswer SalesOfDays(const HttpRequestSeen& request) {
  std::string body;
  for (const char* day : {"2024-01-01", "2024-01-02", "2024-01-03"}) {
    if (request.target.find(day) == std::string::npos) continue;
    body +=
        fmt::format(R"({}{{"day": "{}", "amount": 5}})", body.empty() ? "" : ",", day);
  }
  return {.body = "[" + body + "]"};
}

std::string TargetOf(const HttpInputOptions& options, const HttpServer& server,
                     InputContext::Fields input) {
  EXPECT_THAT(Load(options, std::move(input)), IsOk());
  return server.requests().back().target;
}

TEST(HttpInput, MakesATableOfRecords) {
  const HttpServer server(Always({.body = R"([{"id": 1, "name": "Ada"}, {"id": 2}])"}));
  const Value value = Load(OptionsFor(server), InputOf("crm/users")).value();
  ASSERT_EQ(value.kind(), ValueKind::kTable);
  EXPECT_EQ(value.table()->schema()->ToString(), "id: int64\nname: string");
  EXPECT_EQ(value.table()->num_rows(), 2);
}

TEST(HttpInput, AsksForSeveralPartitionsInOneRequest) {
  const HttpServer server(SalesOfDays);
  const auto value =
      Load(OptionsFor(server), InputOf("sales", {"2024-01-01", "2024-01-03"}));
  ASSERT_THAT(value, IsOk());
  EXPECT_EQ(value->table()->num_rows(), 2);
  EXPECT_EQ(server.requests().size(), 1);
  EXPECT_EQ(server.requests().at(0).target,
            "/v1/sales?partitions=2024-01-01%2C2024-01-03");
}

TEST(HttpInput, PartitionsCanBeARepeatedParameterOfAnotherName) {
  const HttpServer server(SalesOfDays);
  HttpInputOptions options = OptionsFor(server);
  options.query = {{"currency", "EUR"}};
  options.partition_parameter = "day";
  options.partition_separator = "";
  EXPECT_EQ(TargetOf(options, server, InputOf("sales", {"2024-01-01", "2024-01-02"})),
            "/v1/sales?currency=EUR&day=2024-01-01&day=2024-01-02");
}

TEST(HttpInput, APartitionKeyIsAValueAndNothingElse) {
  const HttpServer server(SalesOfDays);
  EXPECT_EQ(TargetOf(OptionsFor(server), server, InputOf("sales", {"a&admin=1#x"})),
            "/v1/sales?partitions=a%26admin%3D1%23x");
  EXPECT_THAT(Load(OptionsFor(server), InputOf("sales", {"a,b", "c"})),
              FailsWith(ErrorCode::kInvalid, HasSubstr("'a,b' contains the separator")));
}

TEST(HttpInput, AStoppedRunWaitsForNoRetry) {
  const HttpServer server(Always({.status = 503}));
  HttpInputOptions options = OptionsFor(server);
  options.retry_delay = options.max_retry_delay = 60s;
  std::stop_source stop;
  InputContext::Fields input = InputOf("users");
  input.stop = stop.get_token();
  const std::jthread stopper([&] {
    while (server.requests().empty()) std::this_thread::yield();
    stop.request_stop();
  });
  EXPECT_THAT(Load(options, std::move(input)), FailsWith(ErrorCode::kCancelled));
}

TEST(HttpInput, NoPartitionsAreNothingAndAskNobody) {
  const HttpServer server(SalesOfDays);
  EXPECT_EQ(Load(OptionsFor(server), InputOf("sales", {})).value().kind(),
            ValueKind::kNothing);
  EXPECT_TRUE(server.requests().empty());
}

TEST(HttpInput, TheEndpointIsOfTheKeyUnlessSomethingElseIsSaid) {
  const HttpServer server(Always({.body = "[]"}));
  HttpInputOptions options = OptionsFor(server);
  EXPECT_EQ(TargetOf(options, server, InputOf("crm/all users")), "/v1/all%20users");
  EXPECT_EQ(TargetOf(options, server, {.name = "users", .step_key = "s"}), "/v1/users");
  options.endpoint = "people";
  EXPECT_EQ(TargetOf(options, server, InputOf("crm/users")), "/v1/people");
  InputContext::Fields input = InputOf("crm/users");
  input.definition_metadata = {{"endpoint", "teams/7/users"}};
  EXPECT_EQ(TargetOf(options, server, input), "/v1/teams/7/users");
}

TEST(HttpInput, TheUpstreamAssetsMetadataCountsToo) {
  const HttpServer server(Always({.body = "[]"}));
  auto facts = std::make_shared<AssetFacts>();
  facts->metadata = {{"endpoint", "upstream"}};
  InputContext::Fields input = InputOf("users");
  input.upstream_output = std::make_shared<const OutputContext>(
      OutputContext::Fields{.asset_key = input.asset_key, .asset = facts});
  EXPECT_EQ(TargetOf(OptionsFor(server), server, input), "/v1/upstream");
}

TEST(HttpInput, AnEndpointStaysBelowTheBaseUrl) {
  const HttpServer server(Always({.body = "[]"}));
  InputContext::Fields input = InputOf("users");
  input.definition_metadata = {{"endpoint", "../admin"}};
  EXPECT_THAT(Load(OptionsFor(server), input),
              FailsWith(ErrorCode::kInvalid, HasSubstr("'..'")));
  EXPECT_THAT(Load(OptionsFor(server), InputOf("a/..")), FailsWith(ErrorCode::kInvalid));
  EXPECT_EQ(TargetOf(OptionsFor(server), server, InputOf("x?y=1#z")),
            "/v1/x%3Fy%3D1%23z");
}

TEST(HttpInput, ReadsCsvByItsContentType) {
  const HttpServer server(Always(
      {.body = "id,name\n1,\"a,b\"\n2,c\n", .content_type = "Text/CSV; charset=utf-8"}));
  const Value value = Load(OptionsFor(server), InputOf("users")).value();
  EXPECT_EQ(value.table()->schema()->ToString(), "id: int64\nname: string");
  EXPECT_EQ(value.table()->column(1)->GetScalar(0).ValueOrDie()->ToString(), "a,b");
}

TEST(HttpInput, RaggedCsvIsCorrupt) {
  const HttpServer server(
      Always({.body = "id,name\n1,a\n2\n", .content_type = "text/csv"}));
  EXPECT_THAT(Load(OptionsFor(server), InputOf("users")),
              FailsWith(ErrorCode::kCorrupt,
                        AllOf(HasSubstr("it is not CSV"), HasSubstr("Row #3"))));
}

TEST(HttpInput, AnotherContentTypeWantsAFormat) {
  const HttpServer server(Always({.body = "[{\"a\": 1}]", .content_type = "text/plain"}));
  HttpInputOptions options = OptionsFor(server);
  EXPECT_THAT(
      Load(options, InputOf("users")),
      FailsWith(ErrorCode::kInvalid, HasSubstr("'text/plain', neither JSON nor CSV")));
  options.format = HttpInputFormat::kJson;
  EXPECT_THAT(Load(options, InputOf("users")), IsOk());
}

TEST(HttpInput, GivesAStreamOnRequest) {
  const HttpServer server(Always({.body = R"([{"a": 1}, {"a": 2}])"}));
  InputContext::Fields input = InputOf("users");
  input.request.as_stream = true;
  const Value value = Load(OptionsFor(server), input).value();
  ASSERT_EQ(value.kind(), ValueKind::kStream);
  EXPECT_EQ(value.stream()->ToTable().ValueOrDie()->num_rows(), 2);
}

TEST(HttpInput, SendsTokenAndHeadersButShowsThemNowhere) {
  const HttpServer server(Always({.status = 403, .body = "go away, s3cret with k3y"}));
  HttpInputOptions options = OptionsFor(server);
  options.bearer_token = Secret("s3cret");
  options.headers = {{"X-Api-Key", Secret("k3y")}};
  const auto log = std::make_shared<KeptLines>();
  InputContext::Fields input = InputOf("users");
  input.log = log;
  EXPECT_THAT(Load(options, input),
              FailsWith(ErrorCode::kPermission,
                        AllOf(HasSubstr("loading asset 'users': GET " + server.url() +
                                        "/v1/users: answered 403"),
                              Not(HasSubstr("s3cret")), Not(HasSubstr("k3y")))));
  EXPECT_THAT(server.requests().at(0).headers,
              AllOf(Contains(Pair("authorization", "Bearer s3cret")),
                    Contains(Pair("x-api-key", "k3y"))));
  EXPECT_THAT(log->lines(), ElementsAre("GET " + server.url() + "/v1/users"));
  EXPECT_THAT(HttpInputOptions::Fields().Write(options),
              AllOf(Not(HasSubstr("s3cret")), Not(HasSubstr("k3y"))));
}

TEST(HttpInput, TheTokenMayComeFromTheEnvironment) {
  const HttpServer server(Always({.body = "[]"}));
  const ConfigTree config(
      ConfigJson{{"base_url", server.url()}, {"bearer_token", {{"env", "API_TOKEN"}}}},
      "code");
  const auto environment = [](const std::string& name) {
    return name == "API_TOKEN" ? std::optional<std::string>("s3cret") : std::nullopt;
  };
  const auto options = HttpInputOptions::Fields().Read(config, environment).value();
  ASSERT_THAT(Load(options, InputOf("users")), IsOk());
  EXPECT_THAT(server.requests().at(0).headers,
              Contains(Pair("authorization", "Bearer s3cret")));
}

TEST(HttpInput, AMissingEndpointIsNotFound) {
  const HttpServer server(Always({.status = 404, .body = "no such thing"}));
  EXPECT_THAT(Load(OptionsFor(server), InputOf("usrs")),
              FailsWith(ErrorCode::kNotFound, HasSubstr("/v1/usrs: answered 404")));
}

TEST(HttpInput, AServerThatFailsIsUnavailable) {
  const HttpServer server(Always({.status = 500, .body = "oops"}));
  EXPECT_THAT(
      Load(OptionsFor(server), InputOf("users")),
      FailsWith(ErrorCode::kUnavailable, HasSubstr("(2 attempts): answered 500")));
}

TEST(HttpInput, HalfABodyIsAnError) {
  const HttpServer cut(Always({.body = R"([{"a": 1}, {"a": 2}])", .cut_after = 12}));
  EXPECT_THAT(
      Load(OptionsFor(cut), InputOf("users")),
      FailsWith(ErrorCode::kUnavailable, HasSubstr("in the middle of the answer")));
  const HttpServer half(Always({.body = R"([{"a": 1}, {"a")"}));
  EXPECT_THAT(Load(OptionsFor(half), InputOf("users")),
              FailsWith(ErrorCode::kCorrupt,
                        AllOf(HasSubstr("loading asset 'users': the answer of "),
                              HasSubstr("/v1/users: it is not JSON"))));
}

TEST(HttpInput, AnEmptyAnswerIsAnError) {
  const HttpServer server(Always({.status = 204}));
  EXPECT_THAT(Load(OptionsFor(server), InputOf("users")),
              FailsWith(ErrorCode::kCorrupt, HasSubstr("it is empty (status 204)")));
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// What libcurl brings along would otherwise bind to the OpenSSL inside libparquet, which
// this program links; the call below then ends the process (docs/decisions/009).
TEST(HttpInput, TheSystemsOpenSslStaysUsableBesideParquets) {
  const HttpServer server(Always({.body = "[]"}));
  ASSERT_THAT(Load(OptionsFor(server), InputOf("users")), IsOk());
  void* const crypto = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_NOLOAD);
  if (crypto == nullptr) GTEST_SKIP() << "this libcurl does not need it";
  using Visit = void (*)(void* digest, void* count);
  const auto for_all_digests = reinterpret_cast<void (*)(void*, Visit, void*)>(
      dlsym(crypto, "EVP_MD_do_all_provided"));
  ASSERT_NE(for_all_digests, nullptr);
  int num_digests = 0;
  for_all_digests(
      nullptr, [](void*, void* count) { ++*static_cast<int*>(count); }, &num_digests);
  EXPECT_GT(num_digests, 10);
  dlclose(crypto);
}
#endif

TEST(HttpInput, RefusesUrlsThatHoldSecretsOrAreNone) {
  EXPECT_THAT(HttpInput::Make({.base_url = "https://me:s3cret@host/v1"}),
              FailsWith(ErrorCode::kInvalid,
                        AllOf(HasSubstr("bearer_token"), Not(HasSubstr("s3cret")))));
  EXPECT_THAT(HttpInput::Make({.base_url = "https://host/v1?key=s3cret"}),
              FailsWith(ErrorCode::kInvalid, Not(HasSubstr("s3cret"))));
  EXPECT_THAT(HttpInput::Make({.base_url = "file:///etc"}),
              FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(HttpInputOptions::Fields().Read("{}"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("base_url")));
}

}  // namespace
}  // namespace entrepot
