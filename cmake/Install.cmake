# The installed package: the two shared libraries, their public headers, the
# programs, and dlcConfig.cmake for find_package(dlc).
include(CMakePackageConfigHelpers)

install(TARGETS dlc-runtime dlc-compiler EXPORT dlcTargets)
foreach(tool dlc dlc-opt dlc-lsp-server)
  if(NOT TARGET ${tool})
    continue()
  endif()
  set_target_properties(${tool} PROPERTIES
    INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR};${DLC_LLVM_PREFIX}/lib")
  install(TARGETS ${tool})
endforeach()

foreach(header
    compiler/Compile.h
    runtime/artifact/Artifact.h runtime/artifact/ArtifactFile.h
    runtime/core/Error.h runtime/core/Expected.h runtime/core/Tensor.h
    runtime/data/Dataset.h runtime/data/Reader.h
    runtime/keras/KerasFile.h
    runtime/session/Session.h)
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/dlc/${folder})
endforeach()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/dlc)
install(EXPORT dlcTargets NAMESPACE dlc:: DESTINATION ${package})
configure_package_config_file(cmake/dlcConfig.cmake.in
  ${PROJECT_BINARY_DIR}/dlcConfig.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/dlcConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/dlcConfig.cmake
              ${PROJECT_BINARY_DIR}/dlcConfigVersion.cmake DESTINATION ${package})
install(FILES LICENSE NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR})
