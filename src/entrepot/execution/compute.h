#pragma once

/// \file entrepot/execution/compute.h
/// From a C++ function to something a step can run. The function's types choose the
/// conversions; what cannot work does not compile, and says why.

#include <array>
#include <concepts>
#include <cstddef>
#include <functional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "entrepot/execution/step_context.h"
#include "entrepot/user_code.h"
#include "entrepot/value/traits.h"

namespace entrepot {

/// Computes a value from those of the inputs, in the order they were declared. Must not
/// throw. Must be safe to call from any thread.
using ComputeFunction = std::function<Result<Value>(StepContext&, std::vector<Value>)>;

/// How a function takes an input.
struct InputForm {
  bool as_stream = false;      ///< As a stream of record batches.
  bool as_partitions = false;  ///< By partition, also where it is but one.
};

/// What a step needs to know of a compute function.
struct Compute {
  ComputeFunction function;
  std::vector<InputForm> inputs;  ///< Of each input that the function takes.
};

namespace internal {

template <typename... Ts>
struct TypeList {};

template <typename F>
struct Signature {
  static_assert(
      requires { &F::operator(); },
      "entrepot: a compute function needs exactly one call operator, which is no "
      "template; write its parameter types out instead of auto");
};
template <typename F>
  requires requires { &F::operator(); }
struct Signature<F> : Signature<decltype(&F::operator())> {};
template <typename R, typename... Ps>
struct Signature<R (*)(Ps...)> {
  using Return = R;
  using Parameters = TypeList<Ps...>;
};
template <typename R, typename... Ps>
struct Signature<R (*)(Ps...) noexcept> : Signature<R (*)(Ps...)> {};
template <typename R, typename C, typename... Ps>
struct Signature<R (C::*)(Ps...)> : Signature<R (*)(Ps...)> {};
template <typename R, typename C, typename... Ps>
struct Signature<R (C::*)(Ps...) const> : Signature<R (*)(Ps...)> {};
template <typename R, typename C, typename... Ps>
struct Signature<R (C::*)(Ps...) noexcept> : Signature<R (*)(Ps...)> {};
template <typename R, typename C, typename... Ps>
struct Signature<R (C::*)(Ps...) const noexcept> : Signature<R (*)(Ps...)> {};

template <typename P>
inline constexpr bool kIsContext = std::is_same_v<std::remove_cvref_t<P>, StepContext>;

/// Whether a value can be passed to a parameter of type P, and it cannot be changed for
/// others by it.
template <typename P>
constexpr bool CheckParameter() {
  if constexpr (kIsContext<P>) {
    static_assert(
        std::is_same_v<P, StepContext&> || std::is_same_v<P, const StepContext&>,
        "entrepot: take the context as StepContext&");
  } else {
    using T = std::remove_cvref_t<P>;
    static_assert(
        !std::is_lvalue_reference_v<P> || std::is_const_v<std::remove_reference_t<P>>,
        "entrepot: a compute function may not take an input by non-const reference: "
        "take it by value or by const reference");
    static_assert(!std::is_pointer_v<T>,
                  "entrepot: a compute function may not take an input by raw pointer");
    static_assert(
        HasValueTraits<T> || std::is_copy_constructible_v<T>,
        "entrepot: an input's type needs ValueTraits, to_json/from_json, or to be "
        "copyable (then it flows through memory only)");
  }
  return true;
}

template <typename R>
constexpr bool CheckReturn() {
  if constexpr (IsResult<R>::value) {
    static_assert(!IsResult<typename R::value_type>::value,
                  "entrepot: a compute function may not return a Result of a Result");
    return CheckReturn<typename R::value_type>();
  } else {
    static_assert(!std::is_reference_v<R>,
                  "entrepot: a compute function must return by value, not by reference");
    static_assert(!std::is_pointer_v<R>,
                  "entrepot: a compute function may not return a raw pointer");
    static_assert(std::is_void_v<R> || std::is_move_constructible_v<R>,
                  "entrepot: what a compute function returns must be movable");
    return true;
  }
}

/// Places among the inputs, one for each parameter (the context takes none).
template <typename... Ps>
constexpr std::array<size_t, sizeof...(Ps)> InputPositions() {
  std::array<size_t, sizeof...(Ps)> positions{};
  const std::array<bool, sizeof...(Ps)> is_context{kIsContext<Ps>...};
  size_t next = 0;
  for (size_t i = 0; i < sizeof...(Ps); ++i) positions[i] = is_context[i] ? 0 : next++;
  return positions;
}

/// Holds one argument of a call: the context, or a converted input.
template <typename P>
struct Argument {
  using Held = std::conditional_t<kIsContext<P>, StepContext*, std::remove_cvref_t<P>>;

  static Result<Held> Make(StepContext& context, std::vector<Value>& inputs,
                           size_t position) {
    if constexpr (kIsContext<P>) {
      return &context;
    } else {
      // Moved out, so that the argument is the last to hold it.
      return FromValue<Held>(std::exchange(inputs[position], Value()));
    }
  }
  static P Pass(Held& held) {
    if constexpr (kIsContext<P>) {
      return *held;
    } else {
      return static_cast<P>(
          std::forward<std::conditional_t<std::is_reference_v<P>, Held&, Held>>(held));
    }
  }
};

/// Returns the first error among results; null where there is none.
template <typename... Results>
const Error* FirstError(const Results&... results) {
  const Error* first = nullptr;
  ((first = first == nullptr && !results ? &results.error() : first), ...);
  return first;
}

template <typename F, typename R, typename... Ps, size_t... Is>
Result<Value> Call(F& function, StepContext& context, std::vector<Value>& inputs,
                   TypeList<Ps...>, std::index_sequence<Is...>) {
  [[maybe_unused]] constexpr auto kPositions = InputPositions<Ps...>();
  std::tuple<Result<typename Argument<Ps>::Held>...> arguments{
      Argument<Ps>::Make(context, inputs, kPositions[Is])...};
  const Error* failure = FirstError(std::get<Is>(arguments)...);
  if (failure != nullptr) return *failure;
  const auto call = [&]() -> R {
    return function(Argument<Ps>::Pass(*std::get<Is>(arguments))...);
  };
  if constexpr (std::is_void_v<R>) {
    call();
    return Value();
  } else if constexpr (std::is_same_v<R, Status>) {
    ENTREPOT_RETURN_IF_ERROR(call());
    return Value();
  } else if constexpr (IsResult<R>::value) {
    ENTREPOT_ASSIGN_OR_RETURN(typename R::value_type object, call());
    return ToValue<typename R::value_type>(std::move(object));
  } else {
    return ToValue<R>(call());
  }
}

template <typename T>
struct IsPartitions : std::false_type {};
template <typename T>
struct IsPartitions<Partitions<T>> : std::true_type {
  using Each = T;
};

/// Returns how a parameter of type T wants its input.
template <typename T>
constexpr InputForm FormOf() {
  if constexpr (IsPartitions<T>::value) {
    InputForm form = FormOf<typename IsPartitions<T>::Each>();
    form.as_partitions = true;
    return form;
  }
  return {.as_stream = std::is_same_v<T, RecordBatchReaderPtr>};
}

template <typename F, typename R, typename... Ps>
Compute MakeComputeFrom(F function, TypeList<Ps...> parameters) {
  static_assert((CheckParameter<Ps>() && ... && CheckReturn<R>()));
  Compute compute;
  [[maybe_unused]] const auto add = [&](bool is_context, InputForm form) {
    if (!is_context) compute.inputs.push_back(form);
  };
  (add(kIsContext<Ps>, FormOf<std::remove_cvref_t<Ps>>()), ...);
  compute.function = [function = std::move(function), parameters](
                         StepContext& context,
                         std::vector<Value> inputs) mutable -> Result<Value> {
    return CallUserCode([&] {
      return Call<F, R>(function, context, inputs, parameters,
                        std::index_sequence_for<Ps...>());
    });
  };
  return compute;
}

}  // namespace internal

/// Makes a compute function from a callable that takes the inputs' values, and anywhere
/// among them optionally a StepContext&, and returns a value, a Result of one, or
/// nothing.
template <typename F>
Compute MakeCompute(F function) {
  using Signature = internal::Signature<std::decay_t<F>>;
  return internal::MakeComputeFrom<std::decay_t<F>, typename Signature::Return>(
      std::move(function), typename Signature::Parameters());
}

}  // namespace entrepot
