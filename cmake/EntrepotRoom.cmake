# A room is one folder below src/entrepot and one target, entrepot_<room>, that links only the
# rooms it may use, so that a forbidden include does not link (ARCHITECTURE.md).

# Compile options of everything of ours.
add_library(entrepot_options INTERFACE)
if(ENTREPOT_DEVELOPER)
  target_compile_options(entrepot_options INTERFACE -Wall -Wextra -Wpedantic -Werror)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # False alarms of GCC 12 over std::string (its bug 105651) and std::variant.
    target_compile_options(entrepot_options INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
  endif()
endif()
if(ENTREPOT_SANITIZE)
  target_compile_options(entrepot_options INTERFACE
    -fsanitize=${ENTREPOT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(entrepot_options INTERFACE -fsanitize=${ENTREPOT_SANITIZE})
endif()

# entrepot_room(<name> SOURCES … [USES <rooms>…] [LINKS <libraries>…] [TESTS …] [TEST_USES …])
#
# Tests become one program, entrepot_<name>_test, run file by file names of GoogleTest.
function(entrepot_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;USES;LINKS;TESTS;TEST_USES" ${ARGN})
  set(target entrepot_${name})
  add_library(${target} STATIC ${ROOM_SOURCES})
  add_library(entrepot::${name} ALIAS ${target})
  target_include_directories(${target} PUBLIC
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>"
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:entrepot_options>)
  list(TRANSFORM ROOM_USES PREPEND entrepot_)
  target_link_libraries(${target} PUBLIC ${ROOM_USES} ${ROOM_LINKS})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  set_property(GLOBAL APPEND PROPERTY ENTREPOT_ROOMS ${target})
  if(ENTREPOT_DEVELOPER AND ROOM_TESTS)
    list(TRANSFORM ROOM_TEST_USES PREPEND entrepot_)
    entrepot_test(${target}_test ${ROOM_TESTS} LINKS ${target} ${ROOM_TEST_USES})
  endif()
endfunction()

# entrepot_test(<target> <sources>… LINKS <targets>…): a GoogleTest program.
function(entrepot_test target)
  cmake_parse_arguments(TEST "" "" "LINKS" ${ARGN})
  add_executable(${target} ${TEST_UNPARSED_ARGUMENTS})
  target_link_libraries(${target} PRIVATE entrepot_options ${TEST_LINKS}
                        GTest::gmock GTest::gtest_main)
  add_test(NAME ${target} COMMAND ${target})
  set(timeout 300)
  if(ENTREPOT_SANITIZE)
    set(timeout 1200)
  endif()
  set_tests_properties(${target} PROPERTIES TIMEOUT ${timeout})
endfunction()
