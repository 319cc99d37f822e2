# Part of find_package(dlc): a shared library with layers for dlc --plugin.

# dlc_add_plugin(acme DIALECT acme TD Scale.td SOURCES Scale.cpp): TableGen writes
# Scale.h.inc and Scale.cpp.inc (ops), ScaleDialect.h.inc and
# ScaleDialect.cpp.inc (the dialect "acme"), and the sources become acme.so.
function(dlc_add_plugin name)
  cmake_parse_arguments(ARG "" "DIALECT;TD" "SOURCES" ${ARGN})
  find_package(MLIR REQUIRED CONFIG HINTS ${dlc_LLVM_PREFIX}/lib/cmake/mlir)
  list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
  include(TableGen)
  include(AddMLIR)

  set(includes ${dlc_PLUGIN_INCLUDE_DIR} ${MLIR_INCLUDE_DIRS})
  cmake_path(GET ARG_TD STEM stem)
  set(LLVM_TARGET_DEFINITIONS ${ARG_TD})
  mlir_tablegen(${stem}.h.inc -gen-op-decls EXTRA_INCLUDES ${includes})
  mlir_tablegen(${stem}.cpp.inc -gen-op-defs EXTRA_INCLUDES ${includes})
  mlir_tablegen(${stem}Dialect.h.inc -gen-dialect-decls -dialect=${ARG_DIALECT}
                EXTRA_INCLUDES ${includes})
  mlir_tablegen(${stem}Dialect.cpp.inc -gen-dialect-defs -dialect=${ARG_DIALECT}
                EXTRA_INCLUDES ${includes})

  add_library(${name} MODULE ${ARG_SOURCES} ${TABLEGEN_OUTPUT})
  set_target_properties(${name} PROPERTIES PREFIX "")
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
  target_include_directories(${name} SYSTEM PRIVATE
    ${dlc_PLUGIN_INCLUDE_DIR} ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_compile_definitions(${name} PRIVATE DLC_VERSION="${dlc_VERSION}"
    __STDC_CONSTANT_MACROS __STDC_FORMAT_MACROS __STDC_LIMIT_MACROS)
  # Only shared libraries, the ones that dlc itself has open.
  target_link_libraries(${name} PRIVATE dlc::compiler MLIR LLVM)
endfunction()
