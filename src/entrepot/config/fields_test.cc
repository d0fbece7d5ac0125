#include "entrepot/config/fields.h"

#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;

enum class Colour { kRed, kGreen };

struct Options {
  std::string name = "x";
  bool loud = false;
  Colour colour = Colour::kRed;
};

const FieldList<Options>& Fields() {
  static const auto fields =
      FieldList<Options>("thing")
          .Text("name", &Options::name, "What it is called.")
          .Flag("loud", &Options::loud, "Whether it is loud.")
          .Choice("colour", &Options::colour,
                  {{"red", Colour::kRed}, {"green", Colour::kGreen}}, "How it looks.");
  return fields;
}

TEST(FieldListTest, ReadsOverTheDefaultsAndWritesItBack) {
  const Options options = Fields().Read(R"({"colour": "green", "loud": true})").value();
  EXPECT_EQ(options.name, "x");
  EXPECT_TRUE(options.loud);
  EXPECT_EQ(options.colour, Colour::kGreen);
  EXPECT_EQ(Fields().Write(options), R"({"name":"x","loud":true,"colour":"green"})");
}

TEST(FieldListTest, ErrorsNameFieldExpectationAndValue) {
  EXPECT_THAT(
      Fields().Read(R"({"nmae": "y"})"),
      FailsWith(ErrorCode::kInvalid, HasSubstr("no field 'nmae'; did you mean 'name'?")));
  EXPECT_THAT(
      Fields().Read(R"({"colour": "blue"})"),
      FailsWith(ErrorCode::kInvalid,
                HasSubstr("field 'colour' must be 'red' or 'green', not \"blue\"")));
  EXPECT_THAT(Fields().Read(R"({"loud": 1})"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("not 1")));
  EXPECT_THAT(Fields().Read("[1]"), FailsWith(ErrorCode::kInvalid, HasSubstr("object")));
  EXPECT_THAT(Fields().Read("{"), FailsWith(ErrorCode::kInvalid));
}

TEST(FieldListTest, TellsWhatAUserMayKnow) {
  EXPECT_EQ(Fields().infos()[2].type, "'red' or 'green'");
  EXPECT_EQ(Fields().infos()[2].default_value, "\"red\"");
}

}  // namespace
}  // namespace entrepot
