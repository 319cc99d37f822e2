# The installed package: the shared libraries, their public headers, the
# programs, and dlcConfig.cmake for find_package(dlc). In three components, which
# Package.cmake makes Debian packages of: runtime, which needs no LLVM; compiler;
# dev, for building programs against both.
include(CMakePackageConfigHelpers)

set(DLC_PACKAGE_runtime libdlc-runtime)
set(DLC_PACKAGE_compiler dlc)
set(DLC_PACKAGE_dev libdlc-dev)

install(TARGETS dlc-runtime EXPORT dlcTargets
  LIBRARY COMPONENT runtime NAMELINK_COMPONENT dev)
install(TARGETS dlc-compiler dlc-c EXPORT dlcTargets
  LIBRARY COMPONENT compiler NAMELINK_COMPONENT dev)
# Opened by name, for --device sim.
install(TARGETS ptx-sim ptx-sim-cublaslt ptx-sim-cudnn LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  COMPONENT compiler NAMELINK_COMPONENT dev)
# Of these alone, for the Python package: setup.py.
install(TARGETS dlc-runtime dlc-compiler dlc-c ptx-sim ptx-sim-cublaslt ptx-sim-cudnn
  LIBRARY DESTINATION lib NAMELINK_SKIP COMPONENT python EXCLUDE_FROM_ALL)
foreach(tool dlc dlc-opt dlc-lsp-server)
  if(NOT TARGET ${tool})
    continue()
  endif()
  set_target_properties(${tool} PROPERTIES
    INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR};${DLC_LLVM_PREFIX}/lib")
  install(TARGETS ${tool} COMPONENT compiler)
endforeach()

foreach(header
    capi/dlc.h
    compiler/Compile.h
    compiler/build/KerasTensor.h compiler/build/Model.h compiler/build/Setting.h
    runtime/artifact/Artifact.h runtime/artifact/ArtifactFile.h
    runtime/artifact/Blob.h
    runtime/core/Error.h runtime/core/Expected.h runtime/core/Tensor.h
    runtime/data/Dataset.h runtime/data/Reader.h runtime/data/RowSource.h
    runtime/data/images/ImageData.h runtime/data/images/ImageFiles.h
    runtime/data/images/PixelBudget.h
    runtime/data/images/ImageRows.h runtime/data/images/Preprocess.h
    runtime/image/Augment.h runtime/image/Picture.h runtime/image/Resize.h
    runtime/keras/KerasFile.h
    runtime/core/AppendFile.h
    runtime/session/Session.h
    runtime/session/callbacks/Callback.h runtime/session/callbacks/CSVLogger.h
    runtime/session/callbacks/EarlyStopping.h
    runtime/session/callbacks/FilePattern.h
    runtime/session/callbacks/LearningRateScheduler.h
    runtime/session/callbacks/ModelCheckpoint.h
    runtime/session/callbacks/Monitor.h
    runtime/session/callbacks/ReduceLROnPlateau.h
    runtime/session/callbacks/TerminateOnNaN.h
    runtime/session/callbacks/tensorboard/EventFile.h
    runtime/session/callbacks/tensorboard/TensorBoard.h)
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES ${header} COMPONENT dev
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/dlc/${folder})
endforeach()
install(FILES ${PROJECT_BINARY_DIR}/compiler/build/Layers.h COMPONENT dev
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/dlc/compiler/build)

# For plug-ins, in a folder of its own because these rest on MLIR: what a layer's
# definition and expansion are written in.
set(plugin_headers ${CMAKE_INSTALL_INCLUDEDIR}/dlc-plugin)
foreach(dialect layer prim)
  foreach(root ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
    install(DIRECTORY ${root}/dialects/${dialect} COMPONENT dev
      DESTINATION ${plugin_headers}/dialects
      FILES_MATCHING PATTERN "*.h" PATTERN "*.td" PATTERN "*.h.inc"
      PATTERN CMakeFiles EXCLUDE)
  endforeach()
endforeach()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/dlc)
install(EXPORT dlcTargets NAMESPACE dlc:: COMPONENT dev DESTINATION ${package})
configure_package_config_file(cmake/dlcConfig.cmake.in
  ${PROJECT_BINARY_DIR}/dlcConfig.cmake INSTALL_DESTINATION ${package}
  PATH_VARS plugin_headers)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/dlcConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/dlcConfig.cmake
              ${PROJECT_BINARY_DIR}/dlcConfigVersion.cmake
              cmake/dlcPlugin.cmake COMPONENT dev DESTINATION ${package})
foreach(component runtime compiler dev)
  install(FILES LICENSE NOTICE COMPONENT ${component}
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${DLC_PACKAGE_${component}})
endforeach()
