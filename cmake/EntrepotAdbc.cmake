# Finds ADBC: ENTREPOT_ADBC_INCLUDE_DIR, the folder of arrow-adbc/adbc.h, from, in this order: the
# system; the adbc-driver-manager package that ENTREPOT_ARROW_PYTHON (default: python3) has
# installed; its wheel, downloaded by pip into the build tree. Nothing is linked: drivers are loaded
# at run time. ENTREPOT_ADBC_POSTGRESQL_DRIVER, for the tests, is the driver of that python's
# adbc-driver-postgresql package; empty if it has none.
set(ENTREPOT_ADBC_WHEEL_VERSION "1.13.0" CACHE STRING "adbc-driver-manager version to download")

# Sets `out` to the folder of a package that `python` has; "" if it has none.
function(_entrepot_python_package python package out)
  execute_process(
    COMMAND "${python}" -c "import importlib.util as u, os; s = u.find_spec('${package}'); print(os.path.dirname(s.origin) if s else '')"
    OUTPUT_VARIABLE folder OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  set(${out} "${folder}" PARENT_SCOPE)
endfunction()

function(_entrepot_downloaded_adbc python out)
  set(folder "${CMAKE_BINARY_DIR}/_adbc/${ENTREPOT_ADBC_WHEEL_VERSION}")
  if(NOT EXISTS "${folder}/adbc_driver_manager/arrow-adbc/adbc.h")
    message(STATUS "ADBC: downloading adbc-driver-manager ${ENTREPOT_ADBC_WHEEL_VERSION} for its header")
    file(MAKE_DIRECTORY "${folder}")
    execute_process(
      COMMAND "${python}" -m pip download --quiet --disable-pip-version-check --no-deps
        --only-binary :all: --platform manylinux_2_28_${CMAKE_HOST_SYSTEM_PROCESSOR}
        --implementation cp --python-version 3.12 --abi cp312
        --dest "${folder}" adbc-driver-manager==${ENTREPOT_ADBC_WHEEL_VERSION}
      RESULT_VARIABLE failed ERROR_VARIABLE why)
    if(failed)
      message(FATAL_ERROR "ADBC's header was not found and pip could not download "
        "adbc-driver-manager ${ENTREPOT_ADBC_WHEEL_VERSION}:\n${why}\nInstall that package, or "
        "set ENTREPOT_ADBC_INCLUDE_DIR.")
    endif()
    file(GLOB wheel "${folder}/adbc_driver_manager-*.whl")
    file(ARCHIVE_EXTRACT INPUT "${wheel}" DESTINATION "${folder}"
         PATTERNS "adbc_driver_manager/arrow-adbc/*")
  endif()
  set(${out} "${folder}/adbc_driver_manager" PARENT_SCOPE)
endfunction()

_entrepot_find_python(_adbc_python)
find_path(ENTREPOT_ADBC_INCLUDE_DIR arrow-adbc/adbc.h)
if(NOT ENTREPOT_ADBC_INCLUDE_DIR)
  if(NOT _adbc_python)
    message(FATAL_ERROR "ADBC's header was not found, and there is no python3 to fetch it with")
  endif()
  _entrepot_python_package("${_adbc_python}" adbc_driver_manager _adbc_folder)
  if(NOT EXISTS "${_adbc_folder}/arrow-adbc/adbc.h")
    _entrepot_downloaded_adbc("${_adbc_python}" _adbc_folder)
  endif()
  set(ENTREPOT_ADBC_INCLUDE_DIR "${_adbc_folder}" CACHE PATH "Folder of arrow-adbc/adbc.h" FORCE)
endif()
message(STATUS "ADBC: ${ENTREPOT_ADBC_INCLUDE_DIR}")

set(ENTREPOT_ADBC_POSTGRESQL_DRIVER "")
if(ENTREPOT_DEVELOPER AND _adbc_python)
  _entrepot_python_package("${_adbc_python}" adbc_driver_postgresql _adbc_folder)
  if(_adbc_folder)
    set(ENTREPOT_ADBC_POSTGRESQL_DRIVER "${_adbc_folder}/libadbc_driver_postgresql.so")
  endif()
endif()
