# Compiler options. archivolt_options is linked by our own code only; sanitizers and -fwasm-exceptions go to every target,
# because objects built without them do not link, or hide what the others report.

add_library(archivolt_options INTERFACE)
target_include_directories(archivolt_options INTERFACE "${CMAKE_SOURCE_DIR}/src")
target_compile_options(archivolt_options INTERFACE -Wall -Wextra -Wshadow -Wconversion)
if(ARCHIVOLT_WERROR)
  target_compile_options(archivolt_options INTERFACE -Werror)
endif()

if(ARCHIVOLT_SANITIZE)
  add_compile_options(-fsanitize=${ARCHIVOLT_SANITIZE} -fno-omit-frame-pointer)
  # A report ends the test: undefined behaviour that only prints a line is never read.
  add_compile_options(-fno-sanitize-recover=all)
  add_link_options(-fsanitize=${ARCHIVOLT_SANITIZE})
endif()

if(EMSCRIPTEN)
  add_compile_options(-fwasm-exceptions -msimd128)
  # Nothing asks for the type of an object at run time.
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fno-rtti>)
  add_link_options(-fno-rtti) # takes the form of Embind's library that was built so
  add_link_options(-fwasm-exceptions)
  # Of our own code only: SQLite is one file already, and no smaller by it.
  target_compile_options(archivolt_options INTERFACE $<$<CONFIG:Release>:-flto>)
endif()
