-- Undoes 0002. Vectors of rows go, as nothing would keep them true; the rows themselves stay.
DROP TRIGGER stories_fts_au;
DROP TRIGGER decisions_fts_au;
DROP TRIGGER documents_fts_au;
CREATE TRIGGER stories_fts_au AFTER UPDATE OF pk, title, user_story, description ON stories BEGIN
  INSERT INTO stories_fts(stories_fts, rowid, title, user_story, description)
  VALUES ('delete', OLD.pk, OLD.title, OLD.user_story, OLD.description);
  INSERT INTO stories_fts(rowid, title, user_story, description)
  VALUES (NEW.pk, NEW.title, NEW.user_story, NEW.description);
END;
CREATE TRIGGER decisions_fts_au AFTER UPDATE OF pk, title, description, rationale ON decisions BEGIN
  INSERT INTO decisions_fts(decisions_fts, rowid, title, description, rationale)
  VALUES ('delete', OLD.pk, OLD.title, OLD.description, OLD.rationale);
  INSERT INTO decisions_fts(rowid, title, description, rationale)
  VALUES (NEW.pk, NEW.title, NEW.description, NEW.rationale);
END;
CREATE TRIGGER documents_fts_au AFTER UPDATE OF pk, filename, display_name, extra_text ON documents BEGIN
  INSERT INTO documents_fts(documents_fts, rowid, filename, display_name, extra_text)
  VALUES ('delete', OLD.pk, OLD.filename, OLD.display_name, OLD.extra_text);
  INSERT INTO documents_fts(rowid, filename, display_name, extra_text)
  VALUES (NEW.pk, NEW.filename, NEW.display_name, NEW.extra_text);
END;
DROP INDEX ix_cache_lru;
CREATE INDEX ix_cache_lru ON cache_entries(last_used_at);
ALTER TABLE cache_entries DROP COLUMN bytes;
ALTER TABLE dynamic_config RENAME TO dynamic_config_before;
CREATE TABLE dynamic_config (
  origin TEXT NOT NULL PRIMARY KEY REFERENCES systems(code),
  active_pipeline TEXT NOT NULL DEFAULT 'QAPipeline',
  active_model TEXT NOT NULL DEFAULT 'openai/gpt-4o',
  temperature REAL NOT NULL DEFAULT 0.7,
  max_tokens INTEGER NOT NULL DEFAULT 4096,
  system_prompt TEXT,
  top_p REAL NOT NULL DEFAULT 0.9,
  top_k INTEGER NOT NULL DEFAULT 50,
  repetition_penalty REAL NOT NULL DEFAULT 1.0,
  active_condense_prompt TEXT NOT NULL DEFAULT 'default',
  active_chat_prompt TEXT NOT NULL DEFAULT 'default',
  active_system_prompt TEXT NOT NULL DEFAULT 'default',
  num_documents_to_retrieve INTEGER NOT NULL DEFAULT 10,
  use_hybrid_search INTEGER NOT NULL DEFAULT 1 CHECK (use_hybrid_search IN (0,1)),
  bm25_weight REAL NOT NULL DEFAULT 0.3,
  semantic_weight REAL NOT NULL DEFAULT 0.7,
  ingestion_schedule TEXT NOT NULL DEFAULT '',
  verbosity INTEGER NOT NULL DEFAULT 3,
  updated_at INTEGER NOT NULL,
  updated_by TEXT,
  extra TEXT CHECK (extra IS NULL OR json_valid(extra))
) STRICT, WITHOUT ROWID;
INSERT INTO dynamic_config SELECT
  origin, coalesce(active_pipeline, 'QAPipeline'), coalesce(active_model, 'openai/gpt-4o'), coalesce(temperature, 0.7),
  coalesce(max_tokens, 4096), system_prompt, coalesce(top_p, 0.9), coalesce(top_k, 50),
  coalesce(repetition_penalty, 1.0), coalesce(active_condense_prompt, 'default'),
  coalesce(active_chat_prompt, 'default'), coalesce(active_system_prompt, 'default'),
  coalesce(num_documents_to_retrieve, 10), coalesce(use_hybrid_search, 1), coalesce(bm25_weight, 0.3),
  coalesce(semantic_weight, 0.7), coalesce(ingestion_schedule, ''), coalesce(verbosity, 3), updated_at, updated_by,
  extra
  FROM dynamic_config_before;
DROP TABLE dynamic_config_before;
ALTER TABLE migration_state DROP COLUMN extra;
ALTER TABLE legacy_configs DROP COLUMN extra;
ALTER TABLE conversation_document_overrides DROP COLUMN extra;
ALTER TABLE user_document_defaults DROP COLUMN extra;
ALTER TABLE message_timing DROP COLUMN extra;
ALTER TABLE feedback DROP COLUMN extra;
ALTER TABLE agent_tool_calls DROP COLUMN extra;
ALTER TABLE ab_comparisons DROP COLUMN extra;
DROP INDEX ix_validations_date;
DROP INDEX ix_users_username;
DROP INDEX ix_stories_priority;
DROP INDEX ix_stories_created;
DROP INDEX ix_projects_phase;
DROP INDEX ix_documents_content_hash;
DROP INDEX ix_conversations_created;
DROP INDEX ix_cloud_estimates_date;
DROP INDEX ix_audit_actor;
DROP INDEX ix_agent_traces_started;
DROP INDEX ix_stories_created_by;
CREATE INDEX ix_stories_created_by ON stories(created_by);
DROP INDEX ix_ai_requests_user_ms;
DROP TABLE retention_policies;
DROP TRIGGER decisions_vector_ai;
DROP TRIGGER decisions_vector_ad;
DROP TRIGGER decisions_vector_au;
DROP TRIGGER stories_vector_ai;
DROP TRIGGER stories_vector_ad;
DROP TRIGGER stories_vector_au;
DROP TRIGGER code_examples_vector_ai;
DROP TRIGGER code_examples_vector_ad;
DROP TRIGGER code_examples_vector_au;
DROP TRIGGER messages_vector_ai;
DROP TRIGGER messages_vector_ad;
DROP TRIGGER messages_vector_au;
DROP TRIGGER ai_requests_vector_ai;
DROP TRIGGER ai_requests_vector_ad;
DROP TRIGGER ai_requests_vector_au;
DROP TABLE embedding_queue;
-- References are not followed while a migration runs.
DELETE FROM vector_points WHERE collection_id IN (SELECT id FROM vector_collections WHERE name LIKE 'archivolt:%');
DELETE FROM vector_collections WHERE name LIKE 'archivolt:%';
DROP TRIGGER code_examples_fts_ai;
DROP TRIGGER code_examples_fts_ad;
DROP TRIGGER code_examples_fts_au;
DROP TRIGGER code_examples_fts_iu;
DROP TABLE code_examples_fts;
ALTER TABLE code_examples DROP COLUMN identifiers;
CREATE VIRTUAL TABLE code_examples_fts USING fts5(
  title, description, code_content, content='code_examples', content_rowid='pk',
  tokenize="unicode61 remove_diacritics 2 tokenchars '_'"
);
CREATE TRIGGER code_examples_fts_ai AFTER INSERT ON code_examples BEGIN
  INSERT INTO code_examples_fts(rowid, title, description, code_content)
  VALUES (NEW.pk, NEW.title, NEW.description, NEW.code_content);
END;
CREATE TRIGGER code_examples_fts_ad AFTER DELETE ON code_examples BEGIN
  INSERT INTO code_examples_fts(code_examples_fts, rowid, title, description, code_content)
  VALUES ('delete', OLD.pk, OLD.title, OLD.description, OLD.code_content);
END;
CREATE TRIGGER code_examples_fts_au AFTER UPDATE OF pk, title, description, code_content ON code_examples BEGIN
  INSERT INTO code_examples_fts(code_examples_fts, rowid, title, description, code_content)
  VALUES ('delete', OLD.pk, OLD.title, OLD.description, OLD.code_content);
  INSERT INTO code_examples_fts(rowid, title, description, code_content)
  VALUES (NEW.pk, NEW.title, NEW.description, NEW.code_content);
END;
INSERT INTO code_examples_fts(code_examples_fts) VALUES ('rebuild');
