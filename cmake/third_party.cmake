# Third-party code, none of it committed: SQLite and hnswlib (for tests and benches) come from npm packages (devDependencies), nlohmann/json from the
# system. Their headers are SYSTEM includes and their sources are built without our warnings.

set(sqlite_dir "${CMAKE_SOURCE_DIR}/node_modules/better-sqlite3-multiple-ciphers/deps/sqlite3")
set(hnswlib_dir "${CMAKE_SOURCE_DIR}/node_modules/hnswlib-node/src")
foreach(needed "${sqlite_dir}/sqlite3.c" "${hnswlib_dir}/hnswlib/hnswlib.h")
  if(NOT EXISTS "${needed}")
    message(FATAL_ERROR "${needed} is missing: run `npm ci` (or `npm run setup`) first")
  endif()
endforeach()

# SQLite with SQLite3MultipleCiphers, one cipher kept. A library of its own, because it takes more than a minute to compile.
# A copy in the build directory differs from the file in a few lines, each of which must be there.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${sqlite_dir}/sqlite3.c")
set(sqlite_source "${CMAKE_BINARY_DIR}/third_party/sqlite3.c")
file(READ "${sqlite_dir}/sqlite3.c" sqlite_text)
function(change_sqlite from to)
  string(FIND "${sqlite_text}" "${from}" found)
  if(found EQUAL -1)
    message(FATAL_ERROR "sqlite3.c has no longer what cmake/third_party.cmake changes in it: ${from}")
  endif()
  string(REPLACE "${from}" "${to}" changed "${sqlite_text}")
  set(sqlite_text "${changed}" PARENT_SCOPE)
endfunction()
# SQL functions that encrypt single values, which nothing here calls, and hash functions with every loop written out, which cost
# more bytes than the cipher.
change_sqlite("#define SQLITE3MC_ENABLE_VLE 1" "// without SQLITE3MC_ENABLE_VLE")
change_sqlite("#define UNROLL_LOOPS" "// without UNROLL_LOOPS")
# The cipher's layer over a VFS forgets every error of a read but one: a log that cannot be read would count as one that ends.
change_sqlite("if (rc == SQLITE_IOERR_SHORT_READ)" "if (rc != SQLITE_OK)")
# Out of memory while a database is opened, the cipher's table would be copied to nowhere, or used after it was given back.
change_sqlite("  /* Create copy of tables */\n"
  "  if (cloneCipherParams == NULL) { sqlite3_free(cloneCodecParams); cloneCodecParams = NULL; }\n")
change_sqlite("    sqlite3_set_clientdata(db, globalConfigTableName, codecParameterTable, sqlite3mcFreeCodecParameterTable);
  }

  rc = (codecParameterTable != NULL) ? SQLITE_OK : SQLITE_NOMEM;"
  "    rc = sqlite3_set_clientdata(db, globalConfigTableName, codecParameterTable, sqlite3mcFreeCodecParameterTable);
  }
  return rc;")
# Behind that `return` stood SQL functions that tell keys and set ciphers, and there are pragmas for it: keys are handed over in C alone.
change_sqlite("rc = sqlite3mcFileControlPragma(db, zDb, SQLITE_FCNTL_PRAGMA, (void*)aFcntl);"
  "rc = sqlite3_file_control(db, zDb, SQLITE_FCNTL_PRAGMA, (void*)aFcntl);")
if(EMSCRIPTEN)
  # Tables of an index's terms, and texts with languages, which only the tests look at or nobody does.
  change_sqlite("    if( rc==SQLITE_OK ) rc = sqlite3Fts5VocabInit(pGlobal, db);" "")
  change_sqlite("    { \"fts5_get_locale\", 0, fts5GetLocaleFunction, 0 },\n" "")
endif()
# There is no /dev/urandom in a module, and the cipher would end the process.
change_sqlite("return read_urandom(buf, n);" "return getentropy(buf, n) == 0 ? n : 0;")
# Keys are handed over as they are (src/storage/cipher_key.h). With the cipher's own derivation its hashes go as well: whoever
# hands over something else gets a key that opens nothing.
change_sqlite("    fastpbkdf2_hmac_sha256((unsigned char*)userPassword, passwordLength,
                           chacha20Cipher->m_salt, SALTLENGTH_CHACHA20,
                           chacha20Cipher->m_kdfIter,
                           chacha20Cipher->m_key, KEYLENGTH_CHACHA20);"
  "    chacha20_rng(chacha20Cipher->m_key, KEYLENGTH_CHACHA20);")
# Key stream and tags come from src/cipher, which computes the same several times as fast. What stands here is left out.
foreach(name chacha20_xor poly1305)
  change_sqlite("SQLITE_PRIVATE void ${name}(" "#define ${name} archivolt_${name}\nvoid ${name}(")
endforeach()
change_sqlite("/*\n * ChaCha20 stream cipher\n */\n" "#if 0\n")
change_sqlite("SQLITE_PRIVATE\nint poly1305_tagcmp(" "#endif\nSQLITE_PRIVATE\nint poly1305_tagcmp(")
function(insert_behind place addition)
  change_sqlite("${place}" "${place}${addition}")
  set(sqlite_text "${sqlite_text}" PARENT_SCOPE)
endfunction()
# SQLite compiles a SELECT inside of another by recursion, and no limit of its own holds for how deep CTEs stand on one another: a
# chain of 3,000 (60 KB of SQL) overran the module's stack, and 16 that each name the last twice compiled for half a minute. Here
# the depth ends at 500, and the interrupt check is asked while SELECTs are expanded and compiled.
insert_behind(
  "  if( (selFlags & SF_Expanded)!=0 ){\n    return WRC_Prune;\n  }\n"
  "  if( ++pWalker->walkerDepth>500 ) sqlite3ErrorMsg(pParse, \"too many nested SELECTs\");\n  sqlite3ProgressCheck(pParse);\n  if( pParse->nErr ) return WRC_Abort;\n")
insert_behind(
  "void sqlite3SelectPopWith(Walker *pWalker, Select *p){\n  Parse *pParse = pWalker->pParse;\n"
  "  pWalker->walkerDepth--;\n")
insert_behind("  w.xSelectCallback = selectExpander;\n" "  w.walkerDepth = 0;\n")
insert_behind(
  "  if( sqlite3AuthCheck(pParse, SQLITE_SELECT, 0, 0, 0) ) return 1;\n"
  "  sqlite3ProgressCheck(pParse);\n  if( pParse->nErr ) return 1;\n")
# The authorizer is asked for every column that an expression names, but not for those of JOIN ... USING and NATURAL JOIN, which the
# join itself compares: they told whether a secret equals a value that the caller has.
foreach(side "&pSrc->a[iLeft], iLeftCol|pE1|pSrc->a[iLeft]" "pRight, iRightCol|pE2|(*pRight)")
  string(REGEX MATCH "(.*)\\|(.*)\\|(.*)" matched "${side}")
  insert_behind("sqlite3SrcItemColumnUsed(${CMAKE_MATCH_1});"
    "\n        if( db->xAuth && ${CMAKE_MATCH_2} ) sqlite3AuthRead(pParse, ${CMAKE_MATCH_2}, ${CMAKE_MATCH_3}.pSTab->pSchema, pSrc);")
endforeach()
# Each statement that may fail halfway keeps a copy of every page it changes, to undo it alone, and FTS5 writes its pending words out. Where
# a statement that fails ends the whole, neither is needed (src/storage/undone_together.h).
change_sqlite("SQLITE_PRIVATE int sqlite3VdbeExec(
  Vdbe *p                    /* The VDBE */
){" "int archivolt_undone_together = 0;\nSQLITE_PRIVATE int sqlite3VdbeExec(Vdbe *p){")
change_sqlite("    if( p->usesStmtJournal
     && pOp->p2
" "    if( p->usesStmtJournal && archivolt_undone_together==0
     && pOp->p2
")
# CHECK (x IN (...)) of three constants and more made a temporary B-tree of them for every row that is inserted alone. Up to 16 are compared.
change_sqlite("(!sqlite3InRhsIsConstant(pParse,pX) || pX->x.pList->nExpr<=2)"
  "(!sqlite3InRhsIsConstant(pParse,pX) || pX->x.pList->nExpr<=16)")
# The guards (src/records/row_guards.h) are the only TEMP triggers, and what a guard writes concerns no guard: compiled into each other
# they only asked whether to act, and an entry of the audit trail went through a temporary table first.
insert_behind("  bft disableTriggers:1; /* True to disable triggers */\n" "  bft insideTempTrigger:1;\n")
insert_behind("  sSubParse.pTriggerTab = pTab;\n"
  "  sSubParse.insideTempTrigger = pTrigger->pSchema==db->aDb[1].pSchema;\n")
change_sqlite("  p = sqliteHashFirst(&pTmpSchema->trigHash);
  pList = pTab->pTrigger;" "  p = pParse->insideTempTrigger ? 0 : sqliteHashFirst(&pTmpSchema->trigHash);
  pList = pTab->pTrigger;")
# Many rows in one statement leave the triggers of their table to statements of their own (src/storage/insert_triggers.h). SQLite has a
# setting for it, which makes it compile every statement of the connection anew.
change_sqlite("SQLITE_PRIVATE Trigger *sqlite3TriggersExist(
  Parse *pParse,          /* Parse context */"
  "int archivolt_without_triggers = 0;\nSQLITE_PRIVATE Trigger *sqlite3TriggersExist(
  Parse *pParse,          /* Parse context */")
change_sqlite("   || pParse->disableTriggers
  ){" "   || pParse->disableTriggers || archivolt_without_triggers>0
  ){")
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
    SQLITE_OMIT_COMPILEOPTION_DIAGS
    SQLITE_OMIT_DECLTYPE
    SQLITE_OMIT_DESERIALIZE
    SQLITE_OMIT_INTROSPECTION_PRAGMAS
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
# Its code alone: SQLite is compiled with none of our own options.
target_link_libraries(archivolt_sqlite PRIVATE $<LINK_ONLY:archivolt_cipher>)
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
