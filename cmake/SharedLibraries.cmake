# The two libraries that programs use, made of the folders' static ones:
# dlc-runtime, which knows no LLVM, and dlc-compiler, which rests on it.

# The static libraries made in `folder` and below, into `result`.
function(dlc_static_libraries_in folder result)
  set(found)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(type ${target} TYPE)
    if(type STREQUAL STATIC_LIBRARY)
      list(APPEND found ${target})
    endif()
  endforeach()
  get_property(children DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
  foreach(child IN LISTS children)
    dlc_static_libraries_in(${child} more)
    list(APPEND found ${more})
  endforeach()
  set(${result} ${found} PARENT_SCOPE)
endfunction()

# One shared library of everything in the static ones below FOLDERS. They are
# named by file, so that what they link is not pulled in a second time where
# another of our shared libraries holds it already.
function(dlc_shared_library name)
  cmake_parse_arguments(ARG "" "" "FOLDERS;LINK" ${ARGN})
  set(archives)
  file(CONFIGURE OUTPUT ${name}.cpp CONTENT "// All code is in the archives.\n")
  add_library(${name} SHARED ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  foreach(folder IN LISTS ARG_FOLDERS)
    dlc_static_libraries_in(${PROJECT_SOURCE_DIR}/${folder} libraries)
    foreach(library IN LISTS libraries)
      list(APPEND archives $<TARGET_FILE:${library}>)
      add_dependencies(${name} ${library})
      set_property(TARGET ${name} APPEND PROPERTY
                   LINK_DEPENDS $<TARGET_FILE:${library}>)
    endforeach()
  endforeach()
  target_link_libraries(${name} PRIVATE
    -Wl,--whole-archive ${archives} -Wl,--no-whole-archive ${ARG_LINK})
  target_link_options(${name} PRIVATE -Wl,--disable-new-dtags)
  if(NOT DLC_SANITIZE)
    # Sanitizers leave their own symbols to the program.
    target_link_options(${name} PRIVATE -Wl,--no-undefined)
  endif()
  string(REPLACE "dlc-" "" role ${name})
  set_target_properties(${name} PROPERTIES
    EXPORT_NAME ${role}
    SOVERSION ${PROJECT_VERSION_MAJOR} VERSION ${PROJECT_VERSION}
    BUILD_RPATH ${DLC_LLVM_PREFIX}/lib
    INSTALL_RPATH "$ORIGIN;${DLC_LLVM_PREFIX}/lib")
  target_compile_features(${name} INTERFACE cxx_std_20)
  target_include_directories(${name} INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/dlc>)
  # A program's own run path decides which libgomp.so.1 it gets, so libomp must
  # stand there.
  target_link_options(${name} INTERFACE
    "SHELL:-Wl,--disable-new-dtags,-rpath,${DLC_LLVM_PREFIX}/lib")
endfunction()

pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
find_package(OpenMP REQUIRED COMPONENTS CXX)

dlc_shared_library(dlc-runtime FOLDERS runtime
  LINK PkgConfig::LIBZIP PkgConfig::HDF5 ZLIB::ZLIB JPEG::JPEG PNG::PNG
       GIF::GIF fmt::fmt DNNL::dnnl OpenMP::OpenMP_CXX ${CMAKE_DL_LIBS})
dlc_shared_library(dlc-compiler FOLDERS dialects compiler
  LINK dlc-runtime MLIR LLVM ${DLC_LLVM_PREFIX}/lib/liblldELF.a
       ${DLC_LLVM_PREFIX}/lib/liblldCommon.a ZLIB::ZLIB PkgConfig::ZSTD fmt::fmt)
target_link_libraries(dlc-compiler INTERFACE dlc-runtime)
