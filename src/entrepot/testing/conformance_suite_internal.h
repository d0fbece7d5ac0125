#pragma once

/// \file entrepot/testing/conformance_suite_internal.h
/// How a suite's behaviours become GoogleTest's tests of one subject.

#include <memory>
#include <span>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace entrepot::testing::internal {

/// One test of a suite for subjects of type Subject.
template <typename Subject>
struct Behaviour {
  const char* name;
  void (*check)(const Subject& subject);
};

template <typename Subject>
class ConformanceTest final : public ::testing::Test {
 public:
  ConformanceTest(Behaviour<Subject> behaviour, std::shared_ptr<const Subject> subject)
      : behaviour_(behaviour), subject_(std::move(subject)) {}
  void TestBody() override { behaviour_.check(*subject_); }

 private:
  Behaviour<Subject> behaviour_;
  std::shared_ptr<const Subject> subject_;
};

/// Registers `behaviours` as tests <suite>/<subject's name>.<behaviour>.
template <typename Subject>
void RegisterBehaviours(const std::string& suite,
                        std::span<const Behaviour<Subject>> behaviours,
                        const std::shared_ptr<const Subject>& subject) {
  const std::string name = suite + "/" + subject->name;
  for (const Behaviour<Subject>& behaviour : behaviours) {
    // Of one class for all, as GoogleTest asks of the tests of one suite.
    ::testing::RegisterTest(name.c_str(), behaviour.name, nullptr, nullptr, __FILE__,
                            __LINE__, [behaviour, subject]() -> ::testing::Test* {
                              return new ConformanceTest<Subject>(behaviour, subject);
                            });
  }
}

}  // namespace entrepot::testing::internal
