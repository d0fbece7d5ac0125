# Provides Arrow::arrow, Arrow::compute and Arrow::parquet (26 or later) from, in this order:
#   system   find_package(Arrow), find_package(Parquet)
#   pyarrow  the pyarrow that ENTREPOT_ARROW_PYTHON (default: python3) has installed
#   wheel    pyarrow's wheel, downloaded by pip into the build tree; nothing is installed
# ENTREPOT_ARROW_PROVIDER chooses one; "auto" tries all.
set(ENTREPOT_ARROW_PROVIDER "auto" CACHE STRING "auto, system, pyarrow or wheel")
set_property(CACHE ENTREPOT_ARROW_PROVIDER PROPERTY STRINGS auto system pyarrow wheel)
set(ENTREPOT_ARROW_WHEEL_VERSION "26.0.1" CACHE STRING "pyarrow version to download")
set(ENTREPOT_ARROW_PYTHON "" CACHE FILEPATH "Python whose pyarrow or pip is used")

function(_entrepot_arrow_from_system found)
  find_package(Arrow 26 CONFIG QUIET)
  find_package(Parquet 26 CONFIG QUIET)
  find_package(ArrowCompute 26 CONFIG QUIET)
  if(Arrow_FOUND AND Parquet_FOUND)
    foreach(part arrow compute parquet)
      add_library(Arrow::${part} INTERFACE IMPORTED GLOBAL)
    endforeach()
    target_link_libraries(Arrow::arrow INTERFACE Arrow::arrow_shared)
    target_link_libraries(Arrow::parquet INTERFACE Parquet::parquet_shared)
    target_link_libraries(Arrow::compute INTERFACE Arrow::arrow)
    if(TARGET ArrowCompute::arrow_compute_shared)
      target_link_libraries(Arrow::compute INTERFACE ArrowCompute::arrow_compute_shared)
    endif()
    message(STATUS "Arrow: the system's ${Arrow_VERSION}")
  endif()
  # Without Parquet there are no targets, and the next source is tried.
  if(TARGET Arrow::parquet)
    set(${found} TRUE PARENT_SCOPE)
  endif()
endfunction()

function(_entrepot_find_python out)
  if(ENTREPOT_ARROW_PYTHON)
    set(${out} "${ENTREPOT_ARROW_PYTHON}" PARENT_SCOPE)
    return()
  endif()
  find_package(Python3 COMPONENTS Interpreter QUIET)
  set(${out} "${Python3_EXECUTABLE}" PARENT_SCOPE)
endfunction()

# Sets `out` to the folder of the pyarrow that `python` has, if it is new enough.
function(_entrepot_installed_pyarrow python out)
  execute_process(
    COMMAND "${python}" -c "import importlib.metadata as m, importlib.util as u, os; s = u.find_spec('pyarrow'); print(os.path.dirname(s.origin) if s and m.version('pyarrow').startswith('26.0.') else '')"
    OUTPUT_VARIABLE folder OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  set(${out} "${folder}" PARENT_SCOPE)
endfunction()

function(_entrepot_downloaded_pyarrow python out)
  set(folder "${CMAKE_BINARY_DIR}/_arrow/${ENTREPOT_ARROW_WHEEL_VERSION}")
  if(NOT EXISTS "${folder}/pyarrow/include/arrow/api.h")
    message(STATUS "Arrow: downloading pyarrow ${ENTREPOT_ARROW_WHEEL_VERSION} for its libraries")
    file(MAKE_DIRECTORY "${folder}")
    # Any CPython's wheel serves: only its C++ libraries and headers are used.
    execute_process(
      COMMAND "${python}" -m pip download --quiet --disable-pip-version-check --no-deps
        --only-binary :all: --platform manylinux_2_28_${CMAKE_HOST_SYSTEM_PROCESSOR}
        --implementation cp --python-version 3.12 --abi cp312
        --dest "${folder}" pyarrow==${ENTREPOT_ARROW_WHEEL_VERSION}
      RESULT_VARIABLE failed ERROR_VARIABLE why)
    if(failed)
      message(FATAL_ERROR "Arrow was not found and pip could not download pyarrow "
        "${ENTREPOT_ARROW_WHEEL_VERSION}:\n${why}\nInstall Arrow C++ 26, or `pip install "
        "pyarrow==26.0.*` and pass -DENTREPOT_ARROW_PYTHON=<that python>.")
    endif()
    file(GLOB wheel "${folder}/pyarrow-*.whl")
    file(ARCHIVE_EXTRACT INPUT "${wheel}" DESTINATION "${folder}"
         PATTERNS "pyarrow/include/*" "pyarrow/lib*.so*")
  endif()
  set(${out} "${folder}/pyarrow" PARENT_SCOPE)
endfunction()

# Adds Arrow::<target> for lib<library>.so of a pyarrow folder. The wheel has only versioned
# names, so the full path is linked.
function(_entrepot_arrow_library folder so_version target library)
  set(path "${folder}/lib${library}.so.${so_version}")
  add_library(Arrow::${target} SHARED IMPORTED GLOBAL)
  set_target_properties(Arrow::${target} PROPERTIES
    IMPORTED_LOCATION "${path}" IMPORTED_SONAME "lib${library}.so.${so_version}"
    INTERFACE_LINK_LIBRARIES "${ARGN}")
  target_include_directories(Arrow::${target} SYSTEM INTERFACE "${folder}/include")
  target_compile_features(Arrow::${target} INTERFACE cxx_std_20)
endfunction()

if(NOT TARGET Arrow::parquet)
  set(_arrow_found FALSE)
  if(ENTREPOT_ARROW_PROVIDER MATCHES "^(auto|system)$")
    _entrepot_arrow_from_system(_arrow_found)
    if(ENTREPOT_ARROW_PROVIDER STREQUAL "system" AND NOT _arrow_found)
      message(FATAL_ERROR "ENTREPOT_ARROW_PROVIDER=system, but no Arrow 26 was found")
    endif()
  endif()
  if(NOT _arrow_found)
    set(_arrow_folder "")
    _entrepot_find_python(_arrow_python)
    if(NOT _arrow_python)
      message(FATAL_ERROR "Arrow 26 was not found, and there is no python3 to fetch it with")
    endif()
    if(ENTREPOT_ARROW_PROVIDER MATCHES "^(auto|pyarrow)$")
      _entrepot_installed_pyarrow("${_arrow_python}" _arrow_folder)
      if(ENTREPOT_ARROW_PROVIDER STREQUAL "pyarrow" AND NOT _arrow_folder)
        message(FATAL_ERROR "${_arrow_python} has no pyarrow 26.0")
      endif()
    endif()
    if(NOT _arrow_folder)
      _entrepot_downloaded_pyarrow("${_arrow_python}" _arrow_folder)
    endif()
    file(STRINGS "${_arrow_folder}/include/arrow/util/config.h" _arrow_so
         REGEX "define ARROW_SO_VERSION")
    string(REGEX REPLACE ".*\"([0-9]+)\".*" "\\1" _arrow_so "${_arrow_so}")
    message(STATUS "Arrow: ${_arrow_folder} (so version ${_arrow_so})")
    set(ENTREPOT_ARROW_FOLDER "${_arrow_folder}" CACHE INTERNAL "Folder of Arrow's libraries")
    _entrepot_arrow_library("${_arrow_folder}" "${_arrow_so}" arrow arrow)
    _entrepot_arrow_library("${_arrow_folder}" "${_arrow_so}" compute arrow_compute Arrow::arrow)
    _entrepot_arrow_library("${_arrow_folder}" "${_arrow_so}" parquet parquet Arrow::arrow)
  endif()
endif()
