-- Undoes 0001: drops everything that it made, dependants first. All rows are lost.
--
-- A table's own indexes and triggers go with it. Full-text tables go before the tables and the view that feed them.

DROP VIEW v_user_activity;
DROP VIEW v_project_stories;
DROP VIEW v_effective_documents;

DROP TABLE document_chunks_trigram;
DROP TABLE document_chunks_fts;
DROP TABLE documents_fts;
DROP TABLE code_examples_fts;
DROP TABLE ai_requests_fts;
DROP TABLE messages_fts;
DROP TABLE decisions_fts;
DROP TABLE stories_fts;
DROP VIEW v_trigram_chunks;

DROP TABLE import_rejects;
DROP TABLE migration_state;
DROP TABLE schema_migrations;
DROP TABLE rate_limits;
DROP TABLE cache_entries;
DROP TABLE audit_log;
DROP TABLE conversation_document_overrides;
DROP TABLE user_document_defaults;
DROP TABLE dynamic_config;
DROP TABLE static_config;
DROP TABLE ai_requests;
DROP TABLE ab_comparisons;
DROP TABLE agent_tool_calls;
DROP TABLE agent_traces;
DROP TABLE message_timing;
DROP TABLE feedback;
DROP TABLE messages;
DROP TABLE legacy_configs;
DROP TABLE conversation_settings;
DROP TABLE conversations;
DROP TABLE vector_points;
DROP TABLE vector_collections;
DROP TABLE code_symbols;
DROP TABLE document_chunks;
DROP TABLE documents;
DROP TABLE achievements;
DROP TABLE cost_projections;
DROP TABLE cloud_estimates;
DROP TABLE validation_errors;
DROP TABLE validations;
DROP TABLE code_examples;
DROP TABLE decisions;
DROP TABLE tasks;
DROP TABLE story_dependencies;
DROP TABLE stories;
DROP TABLE sprints;
DROP TABLE epics;
DROP TABLE entity_tags;
DROP TABLE tags;
DROP TABLE projects;
DROP TABLE user_teams;
DROP TABLE teams;
DROP TABLE api_keys;
DROP TABLE auth_sessions;
DROP TABLE user_preferences;
DROP TABLE users;
DROP TABLE systems;
