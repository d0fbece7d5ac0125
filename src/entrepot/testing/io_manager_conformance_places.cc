// Outputs do not get into each other's way: odd names, partitions, other managers,
// threads.
#include <atomic>
#include <functional>
#include <thread>

#include "entrepot/testing/io_manager_conformance_internal.h"

namespace entrepot::testing::io_manager_conformance {
namespace {

/// Assets that a manager might take for each other, or for something else.
std::vector<Place> OddAssets() {
  return {
      {.key = {"a"}},
      {.key = {"A"}},
      {.key = {"a", "b"}},
      {.key = {"a/b"}},
      {.key = {"a\\b"}},
      {.key = {"a", "b", "c"}},
      {.key = {"a", "b/c"}},
      {.key = {"a.json"}},
      {.key = {"a.json", "b"}},
      {.key = {"."}},
      {.key = {".."}},
      {.key = {"..", "a"}},
      {.key = {"~"}},
      {.key = {" a "}},
      {.key = {"a\nb"}},
      {.key = {"a\n"}},
      {.key = {std::string("a\0b", 3)}},
      {.key = {"a%2Fb"}},
      {.key = {"\xc3\xa9"}},
      {.key = {"e\xcc\x81"}},  // The same letter, otherwise composed.
      {.key = {"\xff"}},
      {.key = {"a", "2024-05-01"}},
      {.key = {"a", "partition=b", "value"}},
  };
}

std::vector<Place> OddPartitions(const std::string& asset) {
  return {
      {.key = {asset}, .partition = "b"},
      {.key = {asset}, .partition = "b/c"},
      {.key = {asset}, .partition = ".."},
      {.key = {asset}, .partition = "2024-05-01"},
      {.key = {asset, "b"}, .partition = "b"},
      {.key = {"output"}, .partition = "x"},
  };
}

std::vector<Place> OddOpOutputs() {
  return {
      {.name = "out"},
      {.step_key = "a/b", .name = "out"},
      {.step_key = "a", .name = "b/out"},
      {.run_id = "0190163d-8694-739b-aea5-966c26f8ad99", .name = "out"},
  };
}

std::vector<Place> OddPlaces(const IOManagerUnderTest& subject) {
  std::vector<Place> places = OddAssets();
  const auto add = [&](const std::vector<Place>& more) {
    places.insert(places.end(), more.begin(), more.end());
  };
  if (subject.takes_partitions) {
    add(OddPartitions(subject.keeps_partitions_apart_from_assets ? "a" : "partitioned"));
  }
  if (subject.takes_op_outputs) add(OddOpOutputs());
  return places;
}

void EveryOutputHasAPlaceOfItsOwn(const IOManagerUnderTest& subject) {
  const auto manager = subject.make();
  const auto [usual, mark] = DifferentValues(subject);
  const std::vector<Place> places = OddPlaces(subject);
  std::vector<OutputPtr> outputs;
  for (const Place& place : places) outputs.push_back(Store(*manager, place, usual));
  for (size_t i = 0; i < places.size(); ++i) {
    SCOPED_TRACE("after an overwrite of " + outputs[i]->Describe());
    const OutputPtr marked = Store(*manager, places[i], mark);
    ExpectLoads(subject, *manager, *marked, mark);
    for (size_t other = 0; other < places.size(); ++other) {
      if (other != i) ExpectLoads(subject, *manager, *outputs[other], usual);
    }
    outputs[i] = Store(*manager, places[i], usual);
  }
}

void ALongNameIsKeptOrRefused(const IOManagerUnderTest& subject) {
  const auto manager = subject.make();
  const auto [value, other] = DifferentValues(subject);
  for (const size_t length : {100, 230, 255, 256, 5000}) {
    const OutputPtr output = OutputAt({.key = {std::string(length, 'n')}});
    if (const Status status = manager->HandleOutput(*output, value); status) {
      ExpectLoads(subject, *manager, *output, value);
    } else {
      EXPECT_THAT(status, FailsWith(ErrorCode::kInvalid)) << length << " bytes";
      EXPECT_GT(length, 100u) << "names of 100 bytes are ordinary";
    }
  }
}

void AnotherManagerSeesWhatWasStored(const IOManagerUnderTest& subject) {
  if (!subject.reopen) GTEST_SKIP() << "its values die with it";
  const auto manager = subject.make();
  const auto other = subject.reopen(*manager);
  for (const Value& value : subject.values) {
    const OutputPtr stored = Store(*manager, "a/b", value);
    ExpectLoads(subject, *other, *stored, value);
    EXPECT_THAT(other->Has(*AsLogged(*stored)), IsOkAndHolds(true));
  }
  const auto [value, overwriting] = DifferentValues(subject);
  const OutputPtr stored = Store(*other, "a/b", overwriting);
  ExpectLoads(subject, *manager, *stored, overwriting);
}

constexpr int kThreads = 4;

void RunThreads(const std::function<void(int thread)>& body) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back([&body, i] { body(i); });
}

void StoresAndLoadsOfDifferentAssetsMayOverlap(const IOManagerUnderTest& subject) {
  constexpr int kAssets = 16;
  const auto manager = subject.make();
  const auto value_of = [&](int thread, int asset) -> const Value& {
    const auto i = static_cast<size_t>(thread * kAssets + asset);
    return subject.values[i % subject.values.size()];
  };
  RunThreads([&](int thread) {
    std::vector<OutputPtr> outputs;
    for (int asset = 0; asset < kAssets; ++asset) {
      const std::string key = fmt::format("shared/{}/{}", thread, asset);
      outputs.push_back(Store(*manager, key, value_of(thread, asset)));
    }
    for (int asset = 0; asset < kAssets; ++asset) {
      ExpectLoads(subject, *manager, *outputs[static_cast<size_t>(asset)],
                  value_of(thread, asset));
    }
  });
}

void ALoadDuringOverwritesGivesOneOfTheValues(const IOManagerUnderTest& subject) {
  const auto manager = subject.make();
  const auto [one, two] = DifferentValues(subject);
  const OutputPtr first = Store(*manager, "a", one);
  std::atomic<bool> done = false;
  RunThreads([&](int thread) {
    if (thread == 0) {
      for (int i = 0; i < 40; ++i) Store(*manager, "a", i % 2 == 0 ? two : one);
      done = true;
    }
    while (thread != 0 && !done) {
      const auto loaded = Load(*manager, *first);
      ASSERT_THAT(loaded, IsOk());
      EXPECT_THAT(*loaded, ::testing::AnyOf(HasDataOf(one), HasDataOf(two)));
    }
  });
}

constexpr Behaviour kBehaviours[] = {
    {"EveryOutputHasAPlaceOfItsOwn", EveryOutputHasAPlaceOfItsOwn},
    {"ALongNameIsKeptOrRefused", ALongNameIsKeptOrRefused},
    {"AnotherManagerSeesWhatWasStored", AnotherManagerSeesWhatWasStored},
    {"StoresAndLoadsOfDifferentAssetsMayOverlap",
     StoresAndLoadsOfDifferentAssetsMayOverlap},
    {"ALoadDuringOverwritesGivesOneOfTheValues",
     ALoadDuringOverwritesGivesOneOfTheValues},
};

}  // namespace

std::span<const Behaviour> PlaceBehaviours() { return kBehaviours; }

}  // namespace entrepot::testing::io_manager_conformance
