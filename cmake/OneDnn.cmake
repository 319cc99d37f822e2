# DNNL::dnnl, found by its header and library: Debian's own dnnl-config.cmake
# asks for OpenCL, which only the GPU side of oneDNN needs.
find_path(DNNL_INCLUDE_DIR oneapi/dnnl/dnnl.hpp REQUIRED)
find_library(DNNL_LIBRARY dnnl REQUIRED)
file(STRINGS ${DNNL_INCLUDE_DIR}/oneapi/dnnl/dnnl_version.h version
     REGEX "define DNNL_VERSION_(MAJOR|MINOR) ")
string(REGEX MATCHALL "[0-9]+" version "${version}")
list(JOIN version "." version)
if(version VERSION_LESS 2.6)
  message(FATAL_ERROR "oneDNN in ${DNNL_INCLUDE_DIR}: is version ${version} "
          "but dlc needs 2.6; install libdnnl-dev of Debian 12")
endif()
add_library(DNNL::dnnl UNKNOWN IMPORTED)
set_target_properties(DNNL::dnnl PROPERTIES
  IMPORTED_LOCATION ${DNNL_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${DNNL_INCLUDE_DIR})
