# A few functions that keep every other CMakeLists.txt to a few lines.

separate_arguments(DLC_LLVM_DEFINITIONS NATIVE_COMMAND ${LLVM_DEFINITIONS})

# Headers and definitions of MLIR and LLVM. Only the shared libraries may be
# linked: mixing in static ones registers everything twice.
function(dlc_use_mlir name)
  target_include_directories(${name} SYSTEM PUBLIC
    ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
  target_compile_definitions(${name} PUBLIC
    $<$<COMPILE_LANGUAGE:CXX>:_GNU_SOURCE>
    __STDC_CONSTANT_MACROS __STDC_FORMAT_MACROS __STDC_LIMIT_MACROS)
endfunction()

# A precompiled header that targets name by PCH. What ODS declares takes seconds
# to parse, so each dialect that many files read has one:
# dlc_precompiled_header(dlc_prim_pch HEADERS dialects/prim/Prim.h
# GENERATED dlc_prim_inc).
function(dlc_precompiled_header name)
  cmake_parse_arguments(ARG "" "" "HEADERS;GENERATED" ${ARGN})
  add_library(${name} OBJECT ${PROJECT_SOURCE_DIR}/cmake/Pch.cpp)
  dlc_use_mlir(${name})
  if(ARG_GENERATED)
    add_dependencies(${name} ${ARG_GENERATED})
  endif()
  list(TRANSFORM ARG_HEADERS PREPEND ${PROJECT_SOURCE_DIR}/)
  target_precompile_headers(${name} PRIVATE
    ${PROJECT_SOURCE_DIR}/cmake/Pch.h ${ARG_HEADERS})
endfunction()

# The sources in this folder and in the given ones below it.
function(dlc_sources result folders)
  set(patterns *.cpp)
  foreach(folder IN LISTS folders)
    list(APPEND patterns ${folder}/*.cpp)
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS ${patterns})
  set(${result} ${sources} PARENT_SCOPE)
endfunction()

# One static library of the compiler or a dialect, from the sources in this
# folder: dlc_library(dlc_fuse LINK dlc_prim), GENERATED for what TableGen must
# have written first, FOLDERS for what is kept below it, and PCH for a
# precompiled header other than MLIR's own.
function(dlc_library name)
  cmake_parse_arguments(ARG "" "PCH" "LINK;GENERATED;FOLDERS" ${ARGN})
  if(NOT ARG_PCH)
    set(ARG_PCH dlc_pch)
  endif()
  dlc_sources(sources "${ARG_FOLDERS}")
  add_library(${name} STATIC ${sources})
  if(ARG_GENERATED)
    add_dependencies(${name} ${ARG_GENERATED})
  endif()
  dlc_use_mlir(${name})
  target_precompile_headers(${name} REUSE_FROM ${ARG_PCH})
  target_link_libraries(${name} PUBLIC ${ARG_LINK} MLIR LLVM)
endfunction()

# One static library of the runtime: no MLIR, no LLVM, no precompiled header.
# FOLDERS as above.
function(dlc_runtime_library name)
  cmake_parse_arguments(ARG "" "" "LINK;PRIVATE_LINK;FOLDERS" ${ARGN})
  dlc_sources(sources "${ARG_FOLDERS}")
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
endfunction()

# One OpenMP runtime in the process: libomp, for our code and, through the
# libgomp.so.1 that stands beside it, for oneDNN. The old kind of run path is
# needed because the new one is not used for a library's own dependencies.
function(dlc_use_libomp name)
  target_link_options(${name} PRIVATE
    -Wl,--disable-new-dtags,-rpath,${DLC_LLVM_PREFIX}/lib)
endfunction()

# One program that may use the compiler.
function(dlc_tool name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  dlc_use_mlir(${name})
  # Compiled as the libraries are, or the precompiled header does not fit.
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${name} PRIVATE -fPIC)
  target_precompile_headers(${name} REUSE_FROM dlc_pch)
  target_link_libraries(${name} PRIVATE ${ARG_LINK} MLIR LLVM)
  dlc_use_libomp(${name})
endfunction()

# One GoogleTest program of the sources in this folder, run by ctest under its
# name: dlc_unit_test(test_artifact LINK dlc_artifact), and MLIR for one that
# tests the compiler.
function(dlc_unit_test name)
  cmake_parse_arguments(ARG "MLIR" "" "LINK" ${ARGN})
  find_package(GTest REQUIRED)
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest GTest::gtest_main)
  if(ARG_MLIR)
    dlc_use_mlir(${name})
    target_link_libraries(${name} PRIVATE MLIR LLVM)
  endif()
  dlc_use_libomp(${name})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS unit)
endfunction()
