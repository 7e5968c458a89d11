# tests/cpp/<folder>/*.cc -> executable <folder>_test, linked to that folder's library and to what is below it. One CTest test
# an executable: starting a sanitized program once a test case would take longer than the cases.
# tests/cpp/support/ holds what several of them share. tests/cpp/fuzz/<name>_fuzz.cc -> executable <name>_fuzz, tests/cpp/fuzz/corpus/<name>/
# its kept inputs.

enable_testing()

# Fuzz targets: with libFuzzer by the preset native-fuzz (tools/fuzz.mjs), elsewhere as plain programs that run the kept corpus.
file(GLOB fuzz_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/cpp/fuzz/*_fuzz.cc")
foreach(source IN LISTS fuzz_sources)
  cmake_path(GET source STEM target)
  string(REGEX REPLACE "_fuzz$" "" name "${target}")
  add_executable(${target} "${source}")
  target_link_libraries(${target} PRIVATE archivolt_workspace)
  if(ARCHIVOLT_FUZZ)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${target} PRIVATE "${CMAKE_SOURCE_DIR}/tests/cpp/fuzz/plain_main.cc")
    add_test(NAME ${target} COMMAND ${target} "${CMAKE_SOURCE_DIR}/tests/cpp/fuzz/corpus/${name}")
    set_tests_properties(${target} PROPERTIES TIMEOUT 300)
  endif()
endforeach()
if(ARCHIVOLT_FUZZ)
  return()
endif()

find_package(GTest REQUIRED)
file(GLOB support_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/cpp/support/*.cc")
foreach(name IN LISTS ARCHIVOLT_LIBRARIES)
  file(GLOB test_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/cpp/${name}/*.cc")
  if(NOT test_sources)
    continue()
  endif()
  add_executable(${name}_test ${test_sources} ${support_sources})
  target_include_directories(${name}_test PRIVATE "${CMAKE_SOURCE_DIR}/tests/cpp")
  target_compile_definitions(${name}_test PRIVATE ARCHIVOLT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  get_property(third_party GLOBAL PROPERTY ARCHIVOLT_PRIVATE_DEPS_${name})
  target_link_libraries(${name}_test PRIVATE archivolt_${name} ${third_party} GTest::gtest GTest::gtest_main)
  if(name MATCHES "^(storage|records|knowledge|search|settings|accounts|cache|reports|interchange|privacy|maintenance)$")
    target_link_libraries(${name}_test PRIVATE archivolt_schema) # their rows live in the real schema
  endif()
  if(name STREQUAL "vector") # the graph is held against hnswlib's
    target_link_libraries(${name}_test PRIVATE archivolt_hnswlib)
  endif()
  if(name MATCHES "^(interchange|maintenance|workspace)$") # what they leave behind when storage fails
    target_sources(${name}_test PRIVATE "${CMAKE_SOURCE_DIR}/tests/cpp/storage/fault_vfs.cc")
    target_link_libraries(${name}_test PRIVATE archivolt_sqlite)
  endif()
  add_test(NAME ${name}_test COMMAND ${name}_test WORKING_DIRECTORY "${CMAKE_BINARY_DIR}")
  set_tests_properties(${name}_test PROPERTIES TIMEOUT 900
    ENVIRONMENT "ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1;UBSAN_OPTIONS=print_stacktrace=1")
endforeach()

# tests/bench/native/<name>_bench.cc -> executable <name>_bench, built on request only: `ninja vector_bench`.
file(GLOB bench_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/bench/native/*_bench.cc")
foreach(source IN LISTS bench_sources)
  cmake_path(GET source STEM name)
  add_executable(${name} EXCLUDE_FROM_ALL "${source}")
  target_link_libraries(${name} PRIVATE archivolt_workspace)
endforeach()
