-- 0002: what the services keep: split identifiers of code, vectors of every kind that search covers, retention.

-- ===== 1. code: the words inside identifiers =============================================
-- 'get user name' for getUserName and get_user_name; kept by the core, so that plain SQLite can index it.
ALTER TABLE code_examples ADD COLUMN identifiers TEXT;
DROP TRIGGER code_examples_fts_ai;
DROP TRIGGER code_examples_fts_ad;
DROP TRIGGER code_examples_fts_au;
DROP TABLE code_examples_fts;
CREATE VIRTUAL TABLE code_examples_fts USING fts5(
  title, description, code_content, identifiers, content='code_examples', content_rowid='pk',
  tokenize="unicode61 remove_diacritics 2 tokenchars '_'"
);
-- What is indexed is the row as the core has completed it: its triggers come before these.
CREATE TRIGGER code_examples_fts_ai AFTER INSERT ON code_examples BEGIN
  INSERT INTO code_examples_fts(rowid, title, description, code_content, identifiers)
  SELECT pk, title, description, code_content, identifiers FROM code_examples WHERE pk = NEW.pk;
END;
CREATE TRIGGER code_examples_fts_ad AFTER DELETE ON code_examples BEGIN
  INSERT INTO code_examples_fts(code_examples_fts, rowid, title, description, code_content, identifiers)
  VALUES ('delete', OLD.pk, OLD.title, OLD.description, OLD.code_content, OLD.identifiers);
END;
CREATE TRIGGER code_examples_fts_au AFTER UPDATE OF pk, title, description, code_content ON code_examples
WHEN NEW.pk <> OLD.pk OR NEW.description IS NOT OLD.description OR NEW.code_content IS NOT OLD.code_content
  OR trim(NEW.title, char(9,10,11,12,13,28,29,30,31,32,133,160,5760,8192,8193,8194,8195,8196,8197,8198,8199,8200,8201,8202,8232,8233,8239,8287,12288)) IS NOT
    trim(OLD.title, char(9,10,11,12,13,28,29,30,31,32,133,160,5760,8192,8193,8194,8195,8196,8197,8198,8199,8200,8201,8202,8232,8233,8239,8287,12288)) BEGIN
  INSERT INTO code_examples_fts(code_examples_fts, rowid, title, description, code_content, identifiers)
  VALUES ('delete', OLD.pk, OLD.title, OLD.description, OLD.code_content, OLD.identifiers);
  INSERT INTO code_examples_fts(rowid, title, description, code_content, identifiers)
  SELECT pk, title, description, code_content, identifiers FROM code_examples WHERE pk = NEW.pk;
END;
-- Words that the core makes again while it changes the row (it sets updated_at as well) are indexed by the trigger above.
CREATE TRIGGER code_examples_fts_iu AFTER UPDATE OF identifiers ON code_examples
WHEN NEW.identifiers IS NOT OLD.identifiers AND NEW.updated_at IS OLD.updated_at
  AND NEW.pk = OLD.pk AND NEW.title IS OLD.title AND NEW.description IS OLD.description AND NEW.code_content IS OLD.code_content
  AND EXISTS (SELECT 1 FROM code_examples_fts_docsize WHERE id = OLD.pk) BEGIN
  INSERT INTO code_examples_fts(code_examples_fts, rowid, title, description, code_content, identifiers)
  VALUES ('delete', OLD.pk, OLD.title, OLD.description, OLD.code_content, OLD.identifiers);
  INSERT INTO code_examples_fts(rowid, title, description, code_content, identifiers)
  SELECT pk, title, description, code_content, identifiers FROM code_examples WHERE pk = NEW.pk;
END;
INSERT INTO code_examples_fts(code_examples_fts) VALUES ('rebuild');

-- ===== 2. vectors of rows ================================================================
-- Rows whose text has no vector yet, or a vector of an older text; emptied in the background. The vectors are points of the
-- collection 'archivolt:<kind>' under the row's id; 'archivolt:<kind>:old' holds those of an earlier embedder until they are gone.
CREATE TABLE embedding_queue (
  kind TEXT NOT NULL CHECK (kind IN ('decisions','stories','code_examples','messages','ai_requests')),
  row_pk INTEGER NOT NULL,
  PRIMARY KEY (kind, row_pk)
) STRICT, WITHOUT ROWID;
INSERT INTO embedding_queue (kind, row_pk) SELECT 'decisions', pk FROM decisions;
CREATE TRIGGER decisions_vector_ai AFTER INSERT ON decisions BEGIN
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('decisions', NEW.pk);
END;
CREATE TRIGGER decisions_vector_ad AFTER DELETE ON decisions BEGIN
  DELETE FROM embedding_queue WHERE kind = 'decisions' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:decisions', 'archivolt:decisions:old'));
END;
CREATE TRIGGER decisions_vector_au AFTER UPDATE OF pk, id, title, description, rationale ON decisions
WHEN NEW.pk <> OLD.pk OR NEW.id IS NOT OLD.id OR NEW.title IS NOT OLD.title OR NEW.description IS NOT OLD.description OR NEW.rationale IS NOT OLD.rationale BEGIN
  DELETE FROM embedding_queue WHERE kind = 'decisions' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:decisions', 'archivolt:decisions:old'));
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('decisions', NEW.pk);
END;
INSERT INTO embedding_queue (kind, row_pk) SELECT 'stories', pk FROM stories;
CREATE TRIGGER stories_vector_ai AFTER INSERT ON stories BEGIN
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('stories', NEW.pk);
END;
CREATE TRIGGER stories_vector_ad AFTER DELETE ON stories BEGIN
  DELETE FROM embedding_queue WHERE kind = 'stories' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:stories', 'archivolt:stories:old'));
END;
CREATE TRIGGER stories_vector_au AFTER UPDATE OF pk, id, title, user_story, description ON stories
WHEN NEW.pk <> OLD.pk OR NEW.id IS NOT OLD.id OR NEW.title IS NOT OLD.title OR NEW.user_story IS NOT OLD.user_story OR NEW.description IS NOT OLD.description BEGIN
  DELETE FROM embedding_queue WHERE kind = 'stories' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:stories', 'archivolt:stories:old'));
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('stories', NEW.pk);
END;
INSERT INTO embedding_queue (kind, row_pk) SELECT 'code_examples', pk FROM code_examples;
CREATE TRIGGER code_examples_vector_ai AFTER INSERT ON code_examples BEGIN
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('code_examples', NEW.pk);
END;
CREATE TRIGGER code_examples_vector_ad AFTER DELETE ON code_examples BEGIN
  DELETE FROM embedding_queue WHERE kind = 'code_examples' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:code_examples', 'archivolt:code_examples:old'));
END;
CREATE TRIGGER code_examples_vector_au AFTER UPDATE OF pk, id, title, description, code_content ON code_examples
WHEN NEW.pk <> OLD.pk OR NEW.id IS NOT OLD.id OR NEW.title IS NOT OLD.title OR NEW.description IS NOT OLD.description OR NEW.code_content IS NOT OLD.code_content BEGIN
  DELETE FROM embedding_queue WHERE kind = 'code_examples' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:code_examples', 'archivolt:code_examples:old'));
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('code_examples', NEW.pk);
END;
INSERT INTO embedding_queue (kind, row_pk) SELECT 'messages', pk FROM messages;
CREATE TRIGGER messages_vector_ai AFTER INSERT ON messages BEGIN
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('messages', NEW.pk);
END;
CREATE TRIGGER messages_vector_ad AFTER DELETE ON messages BEGIN
  DELETE FROM embedding_queue WHERE kind = 'messages' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:messages', 'archivolt:messages:old'));
END;
CREATE TRIGGER messages_vector_au AFTER UPDATE OF pk, id, content ON messages
WHEN NEW.pk <> OLD.pk OR NEW.id IS NOT OLD.id OR NEW.content IS NOT OLD.content BEGIN
  DELETE FROM embedding_queue WHERE kind = 'messages' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:messages', 'archivolt:messages:old'));
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('messages', NEW.pk);
END;
INSERT INTO embedding_queue (kind, row_pk) SELECT 'ai_requests', pk FROM ai_requests;
CREATE TRIGGER ai_requests_vector_ai AFTER INSERT ON ai_requests BEGIN
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('ai_requests', NEW.pk);
END;
CREATE TRIGGER ai_requests_vector_ad AFTER DELETE ON ai_requests BEGIN
  DELETE FROM embedding_queue WHERE kind = 'ai_requests' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:ai_requests', 'archivolt:ai_requests:old'));
END;
CREATE TRIGGER ai_requests_vector_au AFTER UPDATE OF pk, id, prompt_text, response_text ON ai_requests
WHEN NEW.pk <> OLD.pk OR NEW.id IS NOT OLD.id OR NEW.prompt_text IS NOT OLD.prompt_text OR NEW.response_text IS NOT OLD.response_text BEGIN
  DELETE FROM embedding_queue WHERE kind = 'ai_requests' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:ai_requests', 'archivolt:ai_requests:old'));
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('ai_requests', NEW.pk);
END;

-- ===== 3. retention ======================================================================
-- How long a class of rows is kept after its end; NULL: for ever.
CREATE TABLE retention_policies (
  class TEXT NOT NULL PRIMARY KEY CHECK (class IN ('logs','projects','sessions','cache','documents')),
  keep_days INTEGER CHECK (keep_days BETWEEN 0 AND 36500),
  updated_at INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO retention_policies (class, keep_days) VALUES
  ('logs', 30),
  ('projects', 90),
  ('sessions', 1),
  ('cache', 0),
  ('documents', NULL);

-- ===== reports ===========================================================================
-- A user's requests by duration in milliseconds: statistics and percentiles without reading a row.
CREATE INDEX ix_ai_requests_user_ms ON ai_requests(
  user_id, duration * CASE duration_unit WHEN 's' THEN 1000 ELSE 1 END, duration, duration_unit, status, tokens_used, created_at
);
DROP INDEX ix_stories_created_by;
CREATE INDEX ix_stories_created_by ON stories(created_by, created_at);
CREATE INDEX ix_agent_traces_started ON agent_traces(started_at);

-- ===== look-ups that the documents index ==================================================
CREATE INDEX ix_audit_actor ON audit_log(actor, created_at) WHERE actor IS NOT NULL;
CREATE INDEX ix_cloud_estimates_date ON cloud_estimates(estimate_date);
CREATE INDEX ix_conversations_created ON conversations(created_at);
CREATE INDEX ix_documents_content_hash ON documents(content_hash) WHERE content_hash IS NOT NULL;
CREATE INDEX ix_projects_phase ON projects(phase) WHERE phase IS NOT NULL;
CREATE INDEX ix_stories_created ON stories(created_at);
CREATE INDEX ix_stories_priority ON stories(priority) WHERE priority IS NOT NULL;
CREATE INDEX ix_users_username ON users(username) WHERE username IS NOT NULL;
CREATE INDEX ix_validations_date ON validations(validation_date);

-- ===== columns that only real exports have ================================================
ALTER TABLE ab_comparisons ADD COLUMN extra TEXT CHECK (extra IS NULL OR json_valid(extra));
ALTER TABLE agent_tool_calls ADD COLUMN extra TEXT CHECK (extra IS NULL OR json_valid(extra));
ALTER TABLE feedback ADD COLUMN extra TEXT CHECK (extra IS NULL OR json_valid(extra));
ALTER TABLE message_timing ADD COLUMN extra TEXT CHECK (extra IS NULL OR json_valid(extra));
ALTER TABLE user_document_defaults ADD COLUMN extra TEXT CHECK (extra IS NULL OR json_valid(extra));
ALTER TABLE conversation_document_overrides ADD COLUMN extra TEXT CHECK (extra IS NULL OR json_valid(extra));
ALTER TABLE legacy_configs ADD COLUMN extra TEXT CHECK (extra IS NULL OR json_valid(extra));
ALTER TABLE migration_state ADD COLUMN extra TEXT CHECK (extra IS NULL OR json_valid(extra));
-- ===== settings and cache ================================================================
-- A column of dynamic_config that is NULL says nothing, as in the tiers above it; the defaults stay for plain inserts.
ALTER TABLE dynamic_config RENAME TO dynamic_config_before;
CREATE TABLE dynamic_config (
  origin TEXT NOT NULL PRIMARY KEY REFERENCES systems(code),
  active_pipeline TEXT DEFAULT 'QAPipeline',
  active_model TEXT DEFAULT 'openai/gpt-4o',
  temperature REAL DEFAULT 0.7,
  max_tokens INTEGER DEFAULT 4096,
  system_prompt TEXT,
  top_p REAL DEFAULT 0.9,
  top_k INTEGER DEFAULT 50,
  repetition_penalty REAL DEFAULT 1.0,
  active_condense_prompt TEXT DEFAULT 'default',
  active_chat_prompt TEXT DEFAULT 'default',
  active_system_prompt TEXT DEFAULT 'default',
  num_documents_to_retrieve INTEGER DEFAULT 10,
  use_hybrid_search INTEGER DEFAULT 1 CHECK (use_hybrid_search IN (0,1)),
  bm25_weight REAL DEFAULT 0.3,
  semantic_weight REAL DEFAULT 0.7,
  ingestion_schedule TEXT DEFAULT '',
  verbosity INTEGER DEFAULT 3,
  updated_at INTEGER NOT NULL,
  updated_by TEXT,
  extra TEXT CHECK (extra IS NULL OR json_valid(extra))
) STRICT, WITHOUT ROWID;
INSERT INTO dynamic_config SELECT * FROM dynamic_config_before;
DROP TABLE dynamic_config_before;
-- Bytes of key and value, so that the cache knows its size without reading it.
ALTER TABLE cache_entries ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
DROP INDEX ix_cache_lru;
CREATE INDEX ix_cache_lru ON cache_entries(last_used_at, bytes);

-- ===== full text and names =================================================================
-- The core takes the blanks off the ends of a name after the row is written. No index need hear of it: blanks are no words.
DROP TRIGGER stories_fts_au;
CREATE TRIGGER stories_fts_au AFTER UPDATE OF pk, title, user_story, description ON stories
WHEN NEW.pk <> OLD.pk OR NEW.user_story IS NOT OLD.user_story OR NEW.description IS NOT OLD.description
  OR trim(NEW.title, char(9,10,11,12,13,28,29,30,31,32,133,160,5760,8192,8193,8194,8195,8196,8197,8198,8199,8200,8201,8202,8232,8233,8239,8287,12288)) IS NOT
    trim(OLD.title, char(9,10,11,12,13,28,29,30,31,32,133,160,5760,8192,8193,8194,8195,8196,8197,8198,8199,8200,8201,8202,8232,8233,8239,8287,12288)) BEGIN
  INSERT INTO stories_fts(stories_fts, rowid, title, user_story, description)
  VALUES ('delete', OLD.pk, OLD.title, OLD.user_story, OLD.description);
  INSERT INTO stories_fts(rowid, title, user_story, description)
  VALUES (NEW.pk, NEW.title, NEW.user_story, NEW.description);
END;
DROP TRIGGER decisions_fts_au;
CREATE TRIGGER decisions_fts_au AFTER UPDATE OF pk, title, description, rationale ON decisions
WHEN NEW.pk <> OLD.pk OR NEW.description IS NOT OLD.description OR NEW.rationale IS NOT OLD.rationale
  OR trim(NEW.title, char(9,10,11,12,13,28,29,30,31,32,133,160,5760,8192,8193,8194,8195,8196,8197,8198,8199,8200,8201,8202,8232,8233,8239,8287,12288)) IS NOT
    trim(OLD.title, char(9,10,11,12,13,28,29,30,31,32,133,160,5760,8192,8193,8194,8195,8196,8197,8198,8199,8200,8201,8202,8232,8233,8239,8287,12288)) BEGIN
  INSERT INTO decisions_fts(decisions_fts, rowid, title, description, rationale)
  VALUES ('delete', OLD.pk, OLD.title, OLD.description, OLD.rationale);
  INSERT INTO decisions_fts(rowid, title, description, rationale)
  VALUES (NEW.pk, NEW.title, NEW.description, NEW.rationale);
END;
DROP TRIGGER documents_fts_au;
CREATE TRIGGER documents_fts_au AFTER UPDATE OF pk, filename, display_name, extra_text ON documents
WHEN NEW.pk <> OLD.pk OR NEW.display_name IS NOT OLD.display_name OR NEW.extra_text IS NOT OLD.extra_text
  OR trim(NEW.filename, char(9,10,11,12,13,28,29,30,31,32,133,160,5760,8192,8193,8194,8195,8196,8197,8198,8199,8200,8201,8202,8232,8233,8239,8287,12288)) IS NOT
    trim(OLD.filename, char(9,10,11,12,13,28,29,30,31,32,133,160,5760,8192,8193,8194,8195,8196,8197,8198,8199,8200,8201,8202,8232,8233,8239,8287,12288)) BEGIN
  INSERT INTO documents_fts(documents_fts, rowid, filename, display_name, extra_text)
  VALUES ('delete', OLD.pk, OLD.filename, OLD.display_name, OLD.extra_text);
  INSERT INTO documents_fts(rowid, filename, display_name, extra_text)
  VALUES (NEW.pk, NEW.filename, NEW.display_name, NEW.extra_text);
END;
