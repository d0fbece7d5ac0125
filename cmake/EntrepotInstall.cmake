# `cmake --install`: libraries, headers, the command, Arrow's libraries where they came from a
# wheel, and the package files that make find_package(entrepot) work. With ENTREPOT_TESTING also
# component testing, which a consumer asks for by find_package(entrepot COMPONENTS testing).
include(CMakePackageConfigHelpers)

get_property(_rooms GLOBAL PROPERTY ENTREPOT_ROOMS)
list(REMOVE_ITEM _rooms entrepot_testing)  # A component of its own: it needs GoogleTest.
install(TARGETS ${_rooms} entrepot EXPORT entrepotTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(DIRECTORY src/entrepot DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
        FILES_MATCHING PATTERN "*.h"
        PATTERN "*_internal.h" EXCLUDE
        PATTERN "*_for_test.h" EXCLUDE
        PATTERN "testing" EXCLUDE)

install(TARGETS entrepot_command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
if(ENTREPOT_ARROW_FOLDER)
  # So that what is installed runs without the wheel it was built from.
  install(IMPORTED_RUNTIME_ARTIFACTS Arrow::arrow Arrow::compute Arrow::parquet
          LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime)
  set_target_properties(entrepot_command PROPERTIES
    INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
endif()

set(_package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/entrepot)
install(EXPORT entrepotTargets NAMESPACE entrepot:: DESTINATION ${_package_folder}
        COMPONENT development)
if(ENTREPOT_TESTING)
  install(TARGETS entrepot_testing EXPORT entrepotTestingTargets
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT testing)
  install(DIRECTORY src/entrepot/testing DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/entrepot
          COMPONENT testing
          FILES_MATCHING PATTERN "*.h"
          PATTERN "*_internal.h" EXCLUDE)
  install(EXPORT entrepotTestingTargets NAMESPACE entrepot:: DESTINATION ${_package_folder}
          COMPONENT testing)
endif()
configure_package_config_file(cmake/entrepotConfig.cmake.in
  "${CMAKE_CURRENT_BINARY_DIR}/entrepotConfig.cmake" INSTALL_DESTINATION ${_package_folder})
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/entrepotConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/entrepotConfig.cmake"
              "${CMAKE_CURRENT_BINARY_DIR}/entrepotConfigVersion.cmake"
              cmake/EntrepotArrow.cmake cmake/FindNettle.cmake cmake/FindxxHash.cmake
        DESTINATION ${_package_folder} COMPONENT development)
