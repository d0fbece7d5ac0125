// Selections over a fixed graph whose keys hold what the syntax itself is made of.
#include <algorithm>
#include <iterator>

#include "entrepot/graph/selection.h"
#include "fuzz_input.h"

namespace entrepot::fuzzing {
namespace {

using Nodes = std::vector<size_t>;

StepSpec Spec(std::vector<std::string> parts, std::vector<AssetKey> deps,
              std::string group) {
  AssetFacts facts;
  facts.group = std::move(group);
  const AssetKey key = AssetKey::Make(std::move(parts)).value();
  StepSpec spec{.key = key.ToUserString(), .deps = std::move(deps)};
  spec.outputs[0].key = key;
  spec.outputs[0].facts = std::make_shared<const AssetFacts>(std::move(facts));
  return spec;
}

StepGraph MakeGraph() {
  std::vector<StepSpec> specs;
  const auto add = [&](std::vector<std::string> parts, std::vector<size_t> deps,
                       std::string group) {
    std::vector<AssetKey> keys;
    for (const size_t dep : deps) keys.push_back(*specs[dep].outputs[0].key);
    specs.push_back(Spec(std::move(parts), std::move(keys), std::move(group)));
  };
  add({"raw", "flights"}, {}, "raw");
  add({"raw", "weather"}, {}, "raw");
  add({"delays"}, {0, 1}, "reports");
  add({"report one"}, {2}, "reports");
  add({"a,b"}, {0}, "");
  add({"x+y"}, {4}, "a b");
  add({"+z+"}, {4, 5}, "*");
  add({"[ab]*"}, {}, "group:raw");
  add({"group:raw"}, {3, 6}, "raw");
  add({"q/r", "s\\t"}, {1}, "+raw+");
  add({"*"}, {9}, "raw");
  add({"\xc3\xa9\xff"}, {10}, "\xff");
  return StepGraph::Make(std::move(specs)).value();
}

const StepGraph& Graph() {
  static const StepGraph graph = MakeGraph();
  return graph;
}

bool IsSeparator(char c) { return c == ',' || c == ' ' || c == '\t' || c == '\n'; }

bool IsBlank(std::string_view text) { return std::ranges::all_of(text, IsSeparator); }

void CheckError(const Error& error, std::string_view text) {
  FUZZ_CHECK(error.code() == ErrorCode::kInvalid);
  const std::string& message = error.message();
  // The term it stopped at, as it was written, and what there is.
  constexpr std::string_view kBegin = "selection '";
  const size_t end = message.find("' matches no asset");
  FUZZ_CHECK(message.starts_with(kBegin) && end != std::string::npos);
  const std::string term = message.substr(kBegin.size(), end - kBegin.size());
  FUZZ_CHECK(!term.empty() && text.find(term) != std::string_view::npos);
  FUZZ_CHECK(message.find("did you mean '") != std::string::npos ||
             message.find("there are: '") != std::string::npos);
}

/// Whether each neighbour of a selected node along `edges` is selected.
bool IsClosed(const Nodes& selected, Nodes StepNode::* edges) {
  return std::ranges::all_of(selected, [&](size_t node) {
    return std::ranges::includes(selected, [&] {
      Nodes next = Graph().nodes()[node].*edges;
      std::ranges::sort(next);
      return next;
    }());
  });
}

void CheckSelected(const Nodes& selected, std::string_view text) {
  FUZZ_CHECK(std::ranges::is_sorted(selected, std::less_equal<>{}) ||
             selected.size() < 2);
  FUZZ_CHECK(std::ranges::adjacent_find(selected) == selected.end());
  for (const size_t node : selected) FUZZ_CHECK(node < Graph().nodes().size());
  if (IsBlank(text)) FUZZ_CHECK(selected.size() == Graph().nodes().size());
}

/// A term with '+' before or behind it adds what is reached.
void CheckReach(const std::string& term) {
  const auto alone = SelectAssets(Graph(), term);
  const auto up = SelectAssets(Graph(), "+" + term);
  const auto down = SelectAssets(Graph(), term + "+");
  if (!alone) return;
  const bool is_plain = !term.starts_with('+') && !term.ends_with('+');
  if (is_plain) FUZZ_CHECK(up.has_value() && down.has_value());
  if (is_plain) FUZZ_CHECK(std::ranges::includes(*up, *alone));
  if (is_plain) FUZZ_CHECK(std::ranges::includes(*down, *alone));
  if (up && is_plain) FUZZ_CHECK(IsClosed(*up, &StepNode::upstream));
  if (down && is_plain) FUZZ_CHECK(IsClosed(*down, &StepNode::downstream));
}

/// A list selects what its terms select, and fails where one of them does.
void CheckUnion(std::string_view text) {
  const auto cut = std::ranges::find_if(text, IsSeparator);
  const std::string_view first(text.begin(), cut);
  const std::string_view others(cut, text.end());
  if (IsBlank(first) || IsBlank(others)) return;
  const auto all = SelectAssets(Graph(), text);
  const auto left = SelectAssets(Graph(), first);
  const auto right = SelectAssets(Graph(), others);
  FUZZ_CHECK(all.has_value() == (left.has_value() && right.has_value()));
  if (!all) return;
  Nodes both;
  std::ranges::set_union(*left, *right, std::back_inserter(both));
  FUZZ_CHECK(both == *all);
}

/// Every key can be selected by its name, and by a pattern of its beginning, unless the
/// name holds a separator or looks like something else.
void CheckNames(size_t prefix_bytes) {
  for (size_t node = 0; node < Graph().nodes().size(); ++node) {
    const std::string name = Graph().nodes()[node].spec.key;
    const bool has_syntax =
        name.find_first_of(", +*?[") != std::string::npos || name.starts_with("group:");
    if (has_syntax) continue;
    FUZZ_CHECK(SelectAssets(Graph(), name).value() == Nodes{node});
    const std::string beginning = name.substr(0, prefix_bytes % (name.size() + 1));
    const auto found = SelectAssets(Graph(), beginning + "*");
    FUZZ_CHECK(found.has_value());
    FUZZ_CHECK(std::ranges::find(*found, node) != found->end());
  }
}

}  // namespace
}  // namespace entrepot::fuzzing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace entrepot::fuzzing;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto selected = entrepot::SelectAssets(Graph(), text);
  if (selected) {
    CheckSelected(*selected, text);
  } else {
    CheckError(selected.error(), text);
  }
  CheckUnion(text);
  if (!IsBlank(text) && std::ranges::none_of(text, IsSeparator)) CheckReach(text);
  CheckNames(size);
  return 0;
}
