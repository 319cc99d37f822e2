# Adds the folders below this one that hold unit tests, labels their tests
# `unit`, and makes the target <name>_tests that builds them all.
function(dlc_unit_test_folders name)
  file(GLOB lists CONFIGURE_DEPENDS */CMakeLists.txt */*/CMakeLists.txt
       */*/*/CMakeLists.txt)
  set(programs)
  foreach(list IN LISTS lists)
    get_filename_component(folder ${list} DIRECTORY)
    file(RELATIVE_PATH folder ${CMAKE_CURRENT_SOURCE_DIR} ${folder})
    add_subdirectory(${folder})
    get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
    list(APPEND programs ${targets})
  endforeach()
  add_custom_target(${name}_tests DEPENDS ${programs})
endfunction()
