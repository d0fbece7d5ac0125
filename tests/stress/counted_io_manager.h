#pragma once

/// \file tests/stress/counted_io_manager.h
/// Values that are counted while they live, and a manager that hands them over.

#include <atomic>
#include <deque>
#include <memory>
#include <numeric>

#include "entrepot/io/context.h"
#include "entrepot/io/io_manager.h"

namespace entrepot::stress {

/// How many values of each step live. Safe for concurrent use.
class LiveValues {
 public:
  explicit LiveValues(size_t num_steps) : of_step_(num_steps) {}

  std::atomic<int>& of_step(size_t step) { return of_step_[step]; }
  int total() const { return std::reduce(of_step_.begin(), of_step_.end(), 0); }

 private:
  std::deque<std::atomic<int>> of_step_;
};

/// A number that a step computed. Immutable.
class CountedNumber final : public ForeignObject,
                            public std::enable_shared_from_this<CountedNumber> {
 public:
  CountedNumber(std::shared_ptr<LiveValues> live, size_t step, std::int64_t number)
      : live_(std::move(live)), step_(step), number_(number) {
    live_->of_step(step_).fetch_add(1, std::memory_order_relaxed);
  }
  ~CountedNumber() override {
    live_->of_step(step_).fetch_sub(1, std::memory_order_relaxed);
  }
  CountedNumber(const CountedNumber&) = delete;
  CountedNumber& operator=(const CountedNumber&) = delete;

  size_t step() const { return step_; }
  std::int64_t number() const { return number_; }

  std::string type() const override { return "CountedNumber"; }
  std::type_index identity() const override { return typeid(CountedNumber); }
  Result<Value> ToStorable() const override {
    return Unsupported("a counted number is for its own manager");
  }
  std::optional<Value> HandedOver() const override {
    return Value::Foreign(shared_from_this());
  }
  std::int64_t size_bytes() const override { return sizeof number_; }

 private:
  const std::shared_ptr<LiveValues> live_;
  const size_t step_;
  const std::int64_t number_;
};

/// Keeps the numbers, not the objects: each load makes a new one. Safe for concurrent
/// use.
class CountedIOManager final : public IOManager {
 public:
  CountedIOManager(std::shared_ptr<LiveValues> live, size_t num_steps)
      : live_(std::move(live)), numbers_(num_steps) {}

  Status HandleOutput(OutputContext&, const Value& value) override {
    const auto& counted = static_cast<const CountedNumber&>(*value.foreign());
    numbers_[counted.step()].store(counted.number(), std::memory_order_relaxed);
    return {};
  }

  Result<Value> LoadInput(const InputContext& context) override {
    const size_t step = std::stoul(context.asset_key()->name().substr(1));
    const auto number = numbers_[step].load(std::memory_order_relaxed);
    return Value::Foreign(std::make_shared<CountedNumber>(live_, step, number));
  }

  std::optional<IOManagerInfo> Info() const override {
    return IOManagerInfo{.kind = "counted", .config = "{}", .is_lossless = true};
  }

 private:
  std::shared_ptr<LiveValues> live_;
  std::deque<std::atomic<std::int64_t>> numbers_;
};

}  // namespace entrepot::stress
