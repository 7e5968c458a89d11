# archivolt_schema: the files of schema/migrations embedded as `EmbeddedMigrations()`, declared in "schema/migrations.gen.h".
# Generated at build time into <build>/generated, so that a changed migration can never be shipped with an old copy.

file(GLOB migration_files CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/schema/migrations/*.sql")
if(migration_files AND EXISTS "${CMAKE_SOURCE_DIR}/src/storage/migrator.h")
  find_program(NODE_PROGRAM node REQUIRED NO_CMAKE_FIND_ROOT_PATH)
  set(generated "${CMAKE_BINARY_DIR}/generated")
  add_custom_command(
    OUTPUT "${generated}/schema/migrations.gen.h" "${generated}/schema/migrations.gen.cc"
    COMMAND "${NODE_PROGRAM}" "${CMAKE_SOURCE_DIR}/tools/embed-migrations.mjs" "${CMAKE_SOURCE_DIR}/schema/migrations"
            "${generated}/schema"
    DEPENDS ${migration_files} "${CMAKE_SOURCE_DIR}/tools/embed-migrations.mjs" "${CMAKE_SOURCE_DIR}/tools/migration-files.mjs" "${CMAKE_SOURCE_DIR}/tools/gen-schema/sql-text.mjs"
    COMMENT "Embedding the migrations"
    VERBATIM)
  add_library(archivolt_schema STATIC "${generated}/schema/migrations.gen.cc" "${generated}/schema/migrations.gen.h")
  target_include_directories(archivolt_schema PUBLIC "${generated}")
  target_link_libraries(archivolt_schema PUBLIC archivolt_storage)
else()
  add_library(archivolt_schema INTERFACE)
  target_link_libraries(archivolt_schema INTERFACE archivolt_storage)
endif()
