# archivolt_library(<name> [DEPS <folder>...] [PRIVATE_DEPS <target>...] [KERNELS])
#
# Static library archivolt_<name> from src/<name>/*.cc, linked to the folders in DEPS and privately to PRIVATE_DEPS.
# A folder that has no source yet becomes an INTERFACE library, so that the rest configures.
# KERNELS: the folder holds SIMD kernels. The WebAssembly build compiles it a second time as archivolt_<name>_relaxed, and a
# target whose property ARCHIVOLT_RELAXED is ON links that one instead; every other library is shared by both modules.
# In the WebAssembly release build all is compiled with -Oz but for the few files that CMakeLists.txt names: most call into SQLite and
# move a few values, and the difference is 60 KB gzip of a budget of 700.

set(ARCHIVOLT_LIBRARIES "" CACHE INTERNAL "folders of src/ in the order of their arrows")
set(ARCHIVOLT_KERNEL_LIBRARIES "" CACHE INTERNAL "folders built once more for relaxed SIMD")

function(archivolt_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "KERNELS" "" "DEPS;PRIVATE_DEPS")
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/${name}/*.cc")
  set(variants "archivolt_${name}")
  if(arg_KERNELS AND EMSCRIPTEN AND sources)
    list(APPEND variants "archivolt_${name}_relaxed")
    set(ARCHIVOLT_KERNEL_LIBRARIES ${ARCHIVOLT_KERNEL_LIBRARIES} ${name} CACHE INTERNAL "")
  endif()
  set(dependencies)
  foreach(dependency IN LISTS arg_DEPS)
    set(library "archivolt_${dependency}")
    if(dependency IN_LIST ARCHIVOLT_KERNEL_LIBRARIES)
      # In a usage requirement this property is read from the consumer, in the end from the module that is linked.
      set(library "$<IF:$<BOOL:$<TARGET_PROPERTY:ARCHIVOLT_RELAXED>>,${library}_relaxed,${library}>")
    endif()
    list(APPEND dependencies "${library}")
  endforeach()
  foreach(target IN LISTS variants)
    if(sources)
      add_library(${target} STATIC ${sources})
      if(EMSCRIPTEN)
        target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-Oz>)
      endif()
      target_link_libraries(${target} PUBLIC archivolt_options ${dependencies} PRIVATE ${arg_PRIVATE_DEPS})
    else()
      add_library(${target} INTERFACE)
      target_link_libraries(${target} INTERFACE archivolt_options ${dependencies})
    endif()
  endforeach()
  if("archivolt_${name}_relaxed" IN_LIST variants)
    target_compile_options(archivolt_${name}_relaxed PRIVATE -mrelaxed-simd)
  endif()
  set(ARCHIVOLT_LIBRARIES ${ARCHIVOLT_LIBRARIES} ${name} CACHE INTERNAL "")
  set_property(GLOBAL PROPERTY ARCHIVOLT_PRIVATE_DEPS_${name} "${arg_PRIVATE_DEPS}")
endfunction()
