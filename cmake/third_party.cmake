# Third-party code, none of it committed: SQLite and hnswlib come from npm packages (devDependencies), nlohmann/json from the
# system. Their headers are SYSTEM includes and their sources are built without our warnings.

set(sqlite_dir "${CMAKE_SOURCE_DIR}/node_modules/better-sqlite3-multiple-ciphers/deps/sqlite3")
set(hnswlib_dir "${CMAKE_SOURCE_DIR}/node_modules/hnswlib-node/src")
foreach(needed "${sqlite_dir}/sqlite3.c" "${hnswlib_dir}/hnswlib/hnswlib.h")
  if(NOT EXISTS "${needed}")
    message(FATAL_ERROR "${needed} is missing: run `npm ci` (or `npm run setup`) first")
  endif()
endforeach()

# SQLite with SQLite3MultipleCiphers, one cipher kept. A library of its own, because it takes more than a minute to compile.
# Two definitions that the file makes without asking are taken out of a copy in the build directory: SQL functions that encrypt
# single values, which nothing here calls, and hash functions with every loop written out, which cost more bytes than the cipher.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${sqlite_dir}/sqlite3.c")
set(sqlite_source "${CMAKE_BINARY_DIR}/third_party/sqlite3.c")
file(READ "${sqlite_dir}/sqlite3.c" sqlite_text)
foreach(definition "#define SQLITE3MC_ENABLE_VLE 1" "#define UNROLL_LOOPS")
  string(FIND "${sqlite_text}" "${definition}" found)
  if(found EQUAL -1)
    message(FATAL_ERROR "sqlite3.c has no longer the line ${definition}: see cmake/third_party.cmake")
  endif()
  string(REPLACE "${definition}" "// without ${definition}" sqlite_text "${sqlite_text}")
endforeach()
# SQLite compiles a SELECT inside of another by recursion, and no limit of its own holds for how deep CTEs stand on one another: a
# chain of 3,000 (60 KB of SQL) overran the module's stack, and 16 that each name the last twice compiled for half a minute. Here
# the depth ends at 500, and the interrupt check is asked while SELECTs are expanded and compiled.
macro(archivolt_insert_behind place addition)
  string(FIND "${sqlite_text}" "${place}" found)
  if(found EQUAL -1)
    message(FATAL_ERROR "sqlite3.c compiles SELECTs in another way: see cmake/third_party.cmake")
  endif()
  string(REPLACE "${place}" "${place}${addition}" sqlite_text "${sqlite_text}")
endmacro()
archivolt_insert_behind(
  "  if( (selFlags & SF_Expanded)!=0 ){\n    return WRC_Prune;\n  }\n"
  "  if( ++pWalker->walkerDepth>500 ) sqlite3ErrorMsg(pParse, \"too many nested SELECTs\");\n  sqlite3ProgressCheck(pParse);\n  if( pParse->nErr ) return WRC_Abort;\n")
archivolt_insert_behind(
  "void sqlite3SelectPopWith(Walker *pWalker, Select *p){\n  Parse *pParse = pWalker->pParse;\n"
  "  pWalker->walkerDepth--;\n")
archivolt_insert_behind("  w.xSelectCallback = selectExpander;\n" "  w.walkerDepth = 0;\n")
archivolt_insert_behind(
  "  if( sqlite3AuthCheck(pParse, SQLITE_SELECT, 0, 0, 0) ) return 1;\n"
  "  sqlite3ProgressCheck(pParse);\n  if( pParse->nErr ) return 1;\n")
file(WRITE "${sqlite_source}.new" "${sqlite_text}")
file(COPY_FILE "${sqlite_source}.new" "${sqlite_source}" ONLY_IF_DIFFERENT)
file(REMOVE "${sqlite_source}.new")
add_library(archivolt_sqlite STATIC "${sqlite_source}")
target_include_directories(archivolt_sqlite SYSTEM PUBLIC "${sqlite_dir}")
# Definitions that change sqlite3.h as well as sqlite3.c are PUBLIC, so that both sides see one API.
target_compile_definitions(archivolt_sqlite
  PUBLIC
    SQLITE_ENABLE_PREUPDATE_HOOK
    SQLITE_THREADSAFE=0
    SQLITE_OMIT_DEPRECATED
    SQLITE_OMIT_LOAD_EXTENSION
  PRIVATE
    SQLITE_ENABLE_FTS5
    SQLITE_ENABLE_MATH_FUNCTIONS
    SQLITE_DQS=0
    SQLITE_DEFAULT_MEMSTATUS=0
    SQLITE_LIKE_DOESNT_MATCH_BLOBS
    SQLITE_OMIT_SHARED_CACHE
    SQLITE_OMIT_TRACE
    SQLITE_UNTESTABLE
    SQLITE_TEMP_STORE=3
    SQLITE_USE_URI=0
    CODEC_TYPE=CODEC_TYPE_CHACHA20
    HAVE_CIPHER_AES_128_CBC=0
    HAVE_CIPHER_AES_256_CBC=0
    HAVE_CIPHER_CHACHA20=1
    HAVE_CIPHER_SQLCIPHER=0
    HAVE_CIPHER_RC4=0
    HAVE_CIPHER_ASCON128=0
    HAVE_CIPHER_AEGIS=0
    SQLITE3MC_OMIT_AES_HARDWARE_SUPPORT)
target_compile_options(archivolt_sqlite PRIVATE -w)
if(EMSCRIPTEN)
  # wasm/ supplies sqlite3_os_init() and the VFS.
  target_compile_definitions(archivolt_sqlite PUBLIC SQLITE_OS_OTHER=1)
  # Measured: 373 KB gzip at -Oz, 408 KB at -Os, 546 KB at -O2 and 569 KB at -O3. The package's size budget is 700 KB.
  target_compile_options(archivolt_sqlite PRIVATE $<$<CONFIG:Release>:-Oz>)
else()
  # Debug builds look for defects in our code; an unoptimised SQLite would only make every test slow.
  target_compile_options(archivolt_sqlite PRIVATE $<$<CONFIG:Debug>:-O1>)
  if(ARCHIVOLT_SANITIZE MATCHES "undefined")
    target_compile_options(archivolt_sqlite PRIVATE -fno-sanitize=undefined)
  endif()
  target_link_libraries(archivolt_sqlite PRIVATE m)
endif()

add_library(archivolt_hnswlib INTERFACE)
target_include_directories(archivolt_hnswlib SYSTEM INTERFACE "${hnswlib_dir}")

# nlohmann/json is headers only. The Debian package puts it in /usr/include, which a cross compiler must not search: only its
# own folder is handed on, by a link in the build directory.
add_library(archivolt_json INTERFACE)
find_path(NLOHMANN_INCLUDE nlohmann/json.hpp NO_CMAKE_FIND_ROOT_PATH PATHS /usr/include /usr/local/include)
if(NLOHMANN_INCLUDE)
  file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/third_party")
  file(CREATE_LINK "${NLOHMANN_INCLUDE}/nlohmann" "${CMAKE_BINARY_DIR}/third_party/nlohmann" SYMBOLIC)
  target_include_directories(archivolt_json SYSTEM INTERFACE "${CMAKE_BINARY_DIR}/third_party")
else()
  include(FetchContent)
  FetchContent_Declare(nlohmann_json GIT_REPOSITORY https://github.com/nlohmann/json.git GIT_TAG v3.11.3 GIT_SHALLOW ON)
  FetchContent_MakeAvailable(nlohmann_json)
  target_link_libraries(archivolt_json INTERFACE nlohmann_json::nlohmann_json)
endif()
