# Emscripten as CMake's compiler. Where it is, tools/setup.mjs decided and wrote to .cache/emscripten.path.
file(STRINGS "${CMAKE_CURRENT_LIST_DIR}/../.cache/emscripten.path" emscripten_folder LIMIT_COUNT 1)
if(NOT EXISTS "${emscripten_folder}/cmake/Modules/Platform/Emscripten.cmake")
  message(FATAL_ERROR "No Emscripten at '${emscripten_folder}': run `npm run setup`")
endif()
include("${emscripten_folder}/cmake/Modules/Platform/Emscripten.cmake")
