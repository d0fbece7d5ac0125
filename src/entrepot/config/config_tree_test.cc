#include "entrepot/config/config_tree.h"

#include <gtest/gtest.h>

#include <vector>

namespace entrepot {
namespace {

using Pointer = ConfigTree::Pointer;

ConfigTree Tree(std::string_view json, std::string source) {
  return {ParseConfigJson(json).value(), std::move(source)};
}

TEST(ConfigTreeTest, NothingIsNotAnEmptyObject) {
  EXPECT_FALSE(ConfigTree().is_given());
  EXPECT_TRUE(Tree("{}", "x").is_given());
  EXPECT_TRUE(Tree("null", "x").is_given());
  EXPECT_FALSE(ConfigTree().Below("a").is_given());
}

TEST(ConfigTreeTest, LaterValuesAreLaidOverEarlierOnesWithTheirSources) {
  ConfigTree config = Tree(R"({"io": {"dir": "/a", "n": 1}, "list": [1, 2]})", "file");
  config.Merge(Tree(R"({"io": {"n": 2}, "list": [3], "new": {"x": 1}})", "arguments"));
  EXPECT_EQ(config.json().dump(),
            R"({"io":{"dir":"/a","n":2},"list":[3],"new":{"x":1}})");
  EXPECT_EQ(config.SourceOf(Pointer("/io/dir")), "file");
  EXPECT_EQ(config.SourceOf(Pointer("/io/n")), "arguments");
  EXPECT_EQ(config.SourceOf(Pointer("/list/0")), "arguments");
  EXPECT_EQ(config.SourceOf(Pointer("/new/x")), "arguments");
  EXPECT_EQ(config.SourceOf(Pointer("/unheard/of")), "file");
}

TEST(ConfigTreeTest, AValueThatReplacesAnObjectForgetsItsSources) {
  ConfigTree config = Tree(R"({"a": {"b": 1}, "ab": 2})", "file");
  config.SetSource(Pointer("/a/b"), "file:3");
  config.SetSource(Pointer("/ab"), "file:4");
  config.Merge(ConfigTree::Text("5", "variable").Below("a"));
  EXPECT_EQ(config.json().dump(), R"({"a":"5","ab":2})");
  EXPECT_EQ(config.SourceOf(Pointer("/a/b")), "variable");
  EXPECT_TRUE(config.IsText(Pointer("/a")));
  EXPECT_EQ(config.SourceOf(Pointer("/ab")), "file:4");
  config.Merge(Tree(R"({"a": "5"})", "file"));
  EXPECT_FALSE(config.IsText(Pointer("/a")));
}

TEST(ConfigTreeTest, MergingOverNothingIsTheOther) {
  ConfigTree config;
  config.Merge(ConfigTree());
  EXPECT_FALSE(config.is_given());
  config.Merge(ConfigTree::Text("x", "variable"));
  EXPECT_EQ(config.json(), "x");
  EXPECT_TRUE(config.IsText(Pointer()));
}

TEST(ConfigTreeTest, APartKeepsItsSources) {
  ConfigTree config = Tree(R"({"io": {"dir": "/a"}, "iox": 1})", "file");
  config.SetSource(Pointer("/io/dir"), "file:7");
  config.Merge(ConfigTree::Text("3", "variable").Below("n").Below("io"));
  const ConfigTree part = config.At(std::vector<std::string>{"io"});
  EXPECT_EQ(part.json().dump(), R"({"dir":"/a","n":"3"})");
  EXPECT_EQ(part.SourceOf(Pointer("/dir")), "file:7");
  EXPECT_EQ(part.SourceOf(Pointer()), "file");
  EXPECT_TRUE(part.IsText(Pointer("/n")));
  EXPECT_FALSE(config.At(std::vector<std::string>{"io", "dir", "x"}).is_given());
  EXPECT_FALSE(config.At(std::vector<std::string>{"nothing"}).is_given());
}

TEST(ConfigTreeTest, NamesMayHoldWhatPointersAreMadeOf) {
  const ConfigTree config = ConfigTree::Text("1", "variable").Below("a/b~c");
  EXPECT_TRUE(config.IsText(Pointer() / "a/b~c"));
  ConfigTree over = Tree(R"({"a/b~c": 2, "a": {"b~c": 3}})", "file");
  over.Merge(config);
  EXPECT_EQ(over.json().dump(), R"({"a/b~c":"1","a":{"b~c":3}})");
  EXPECT_EQ(over.SourceOf(Pointer() / "a" / "b~c"), "file");
}

}  // namespace
}  // namespace entrepot
