# Debian packages, made by `cpack` in the build folder: libdlc-runtime,
# dlc (the programs and the compiler's library), libdlc-dev.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The authors of dlc")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_OUTPUT_FILE_PREFIX ${PROJECT_BINARY_DIR}/packages)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL runtime compiler dev)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
# What each package links, from dpkg's own records, and the other packages at the
# same version.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_LIBRARY_OUTPUT_DIRECTORY})
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ON)
# The OpenMP runtime that the run path leads to also stands in for GNU's there.
set(CPACK_DEBIAN_RUNTIME_PACKAGE_DEPENDS libomp-${LLVM_VERSION_MAJOR}-dev)
set(CPACK_COMPONENT_COMPILER_DEPENDS runtime)
set(CPACK_COMPONENT_DEV_DEPENDS runtime compiler)
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION
    "Trains and runs what dlc compiled, without LLVM or Python.")
set(CPACK_COMPONENT_COMPILER_DESCRIPTION
    "The dlc command and the library that compiles Keras models.")
set(CPACK_COMPONENT_DEV_DESCRIPTION
    "Headers and CMake files for programs that use dlc.")
foreach(component runtime compiler dev)
  string(TOUPPER ${component} COMPONENT)
  set(CPACK_DEBIAN_${COMPONENT}_PACKAGE_NAME ${DLC_PACKAGE_${component}})
endforeach()
include(CPack)
