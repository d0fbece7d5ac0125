#include "entrepot/result.h"

#include <arrow/status.h>

#include "entrepot/arrow_result.h"
#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOkAndHolds;

Result<int> Half(int n) {
  if (n % 2 != 0) return Invalid("'{}' is odd", n);
  return n / 2;
}

Result<int> Quarter(int n) {
  ENTREPOT_ASSIGN_OR_RETURN(const int half, Half(n));
  return Half(half);
}

Status CheckArrow(const arrow::Status& status) {
  ENTREPOT_RETURN_IF_ERROR(status);
  return {};
}

TEST(ResultTest, MacrosPassValuesOnAndReturnErrors) {
  EXPECT_THAT(Quarter(8), IsOkAndHolds(2));
  EXPECT_THAT(Quarter(6), FailsWith(ErrorCode::kInvalid, "'3' is odd"));
}

TEST(ResultTest, ValueThrowsTheErrorAsAnException) {
  try {
    (void)Half(3).value();
    FAIL() << "did not throw";
  } catch (const ErrorException& e) {
    EXPECT_EQ(e.error().code(), ErrorCode::kInvalid);
  }
}

TEST(ResultTest, ValueRethrowsTheUsersOwnException) {
  const Result<int> result =
      Error::FromException(std::make_exception_ptr(std::out_of_range("row 7")));
  EXPECT_THROW((void)result.value(), std::out_of_range);
  EXPECT_EQ(result.error().code(), ErrorCode::kUserCode);
  EXPECT_EQ(result.error().message(), "row 7");
}

TEST(ResultTest, ASuccessThatIsAskedForItsErrorSaysThatItIsNone) {
  for (const Error& error : {Half(4).error(), Status().error()}) {
    EXPECT_EQ(error.code(), ErrorCode::kInternal);
    EXPECT_EQ(error.message(), "a success was asked for its error");
  }
}

TEST(ErrorTest, ContextReadsFromTheOutsideIn) {
  const Error error =
      NotFound("no such file").While("reading 'a'").While("loading input 'b'");
  EXPECT_THAT(error.context(), ElementsAre("loading input 'b'", "reading 'a'"));
  EXPECT_EQ(error.ToString(), "loading input 'b': reading 'a': no such file");
}

TEST(ErrorTest, SystemErrorsKeepTheirMeaning) {
  EXPECT_EQ(FromErrno(ENOENT, "x").code(), ErrorCode::kNotFound);
  EXPECT_EQ(FromErrno(EACCES, "x").code(), ErrorCode::kPermission);
  EXPECT_EQ(FromErrno(ENOSPC, "x").code(), ErrorCode::kUnavailable);
  EXPECT_THAT(FromErrno(ENOSPC, "writing 'a'").message(), HasSubstr("No space left"));
}

TEST(ArrowResultTest, ArrowsErrorsBecomeOurs) {
  EXPECT_THAT(CheckArrow(arrow::Status::Invalid("bad")),
              FailsWith(ErrorCode::kInvalid, "bad"));
  EXPECT_THAT(CheckArrow(arrow::Status::OK()), testing::IsOk());
}

TEST(ArrowResultTest, OurErrorsPassThroughArrowUnchanged) {
  const Error error = Corrupt("digest differs").While("reading 'a'");
  const Error back = FromArrow(ToArrow(error));
  EXPECT_EQ(back.code(), ErrorCode::kCorrupt);
  EXPECT_EQ(back.ToString(), error.ToString());
}

}  // namespace
}  // namespace entrepot
