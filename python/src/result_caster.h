#pragma once

/// \file python/src/result_caster.h
/// The one place where Results become values or exceptions.

#include <nanobind/nanobind.h>

#include "entrepot/result.h"
#include "errors.h"

namespace nanobind::detail {

template <typename T>
struct type_caster<entrepot::Result<T>> {
  static constexpr auto Name = make_caster<T>::Name;  // Stubs show `-> T`.

  static handle from_cpp(entrepot::Result<T>&& result, rv_policy policy,
                         cleanup_list* cleanup) noexcept {
    if (result) return make_caster<T>::from_cpp(*std::move(result), policy, cleanup);
    entrepot::python::SetPythonError(result.error());
    return {};
  }
};

template <>
struct type_caster<entrepot::Result<void>> {
  static constexpr auto Name = const_name("None");

  static handle from_cpp(entrepot::Result<void>&& result, rv_policy,
                         cleanup_list*) noexcept {
    if (result) return none().release();
    entrepot::python::SetPythonError(result.error());
    return {};
  }
};

}  // namespace nanobind::detail
