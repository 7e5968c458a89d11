-- 0003: the graphs of vector indexes, so that a workspace that is opened need not build them again, and vectors of another
-- embedder beside the present ones, until all are there; and searches that are kept.

-- Derived: links without vectors, by collection. Part 0 is written last and names the others; a generation without it is
-- unfinished. docs/formats.md has the bytes.
CREATE TABLE vector_graphs (
  collection_id TEXT NOT NULL REFERENCES vector_collections(id) ON DELETE CASCADE,
  generation INTEGER NOT NULL,
  part INTEGER NOT NULL CHECK (part >= 0),
  bytes BLOB NOT NULL,
  PRIMARY KEY (collection_id, generation, part)
) STRICT;

-- Whether the index of a collection keeps float32 or codes as its size asks for; `quantization` is 'none' then.
ALTER TABLE vector_collections ADD COLUMN quantization_auto INTEGER NOT NULL DEFAULT 0 CHECK (quantization_auto IN (0,1));

-- 'archivolt:<kind>:new' holds what documents.reembed has made so far: vectors of texts that are gone go from there as well.
DROP TRIGGER decisions_vector_ad;
DROP TRIGGER decisions_vector_au;
DROP TRIGGER stories_vector_ad;
DROP TRIGGER stories_vector_au;
DROP TRIGGER code_examples_vector_ad;
DROP TRIGGER code_examples_vector_au;
DROP TRIGGER messages_vector_ad;
DROP TRIGGER messages_vector_au;
DROP TRIGGER ai_requests_vector_ad;
DROP TRIGGER ai_requests_vector_au;
CREATE TRIGGER decisions_vector_ad AFTER DELETE ON decisions BEGIN
  DELETE FROM embedding_queue WHERE kind = 'decisions' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:decisions', 'archivolt:decisions:new', 'archivolt:decisions:old'));
END;
CREATE TRIGGER decisions_vector_au AFTER UPDATE OF pk, id, title, description, rationale ON decisions
WHEN NEW.pk <> OLD.pk OR NEW.id IS NOT OLD.id OR NEW.title IS NOT OLD.title OR NEW.description IS NOT OLD.description OR NEW.rationale IS NOT OLD.rationale BEGIN
  DELETE FROM embedding_queue WHERE kind = 'decisions' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:decisions', 'archivolt:decisions:new', 'archivolt:decisions:old'));
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('decisions', NEW.pk);
END;
CREATE TRIGGER stories_vector_ad AFTER DELETE ON stories BEGIN
  DELETE FROM embedding_queue WHERE kind = 'stories' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:stories', 'archivolt:stories:new', 'archivolt:stories:old'));
END;
CREATE TRIGGER stories_vector_au AFTER UPDATE OF pk, id, title, user_story, description ON stories
WHEN NEW.pk <> OLD.pk OR NEW.id IS NOT OLD.id OR NEW.title IS NOT OLD.title OR NEW.user_story IS NOT OLD.user_story OR NEW.description IS NOT OLD.description BEGIN
  DELETE FROM embedding_queue WHERE kind = 'stories' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:stories', 'archivolt:stories:new', 'archivolt:stories:old'));
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('stories', NEW.pk);
END;
CREATE TRIGGER code_examples_vector_ad AFTER DELETE ON code_examples BEGIN
  DELETE FROM embedding_queue WHERE kind = 'code_examples' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:code_examples', 'archivolt:code_examples:new', 'archivolt:code_examples:old'));
END;
CREATE TRIGGER code_examples_vector_au AFTER UPDATE OF pk, id, title, description, code_content ON code_examples
WHEN NEW.pk <> OLD.pk OR NEW.id IS NOT OLD.id OR NEW.title IS NOT OLD.title OR NEW.description IS NOT OLD.description OR NEW.code_content IS NOT OLD.code_content BEGIN
  DELETE FROM embedding_queue WHERE kind = 'code_examples' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:code_examples', 'archivolt:code_examples:new', 'archivolt:code_examples:old'));
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('code_examples', NEW.pk);
END;
CREATE TRIGGER messages_vector_ad AFTER DELETE ON messages BEGIN
  DELETE FROM embedding_queue WHERE kind = 'messages' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:messages', 'archivolt:messages:new', 'archivolt:messages:old'));
END;
CREATE TRIGGER messages_vector_au AFTER UPDATE OF pk, id, content ON messages
WHEN NEW.pk <> OLD.pk OR NEW.id IS NOT OLD.id OR NEW.content IS NOT OLD.content BEGIN
  DELETE FROM embedding_queue WHERE kind = 'messages' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:messages', 'archivolt:messages:new', 'archivolt:messages:old'));
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('messages', NEW.pk);
END;
CREATE TRIGGER ai_requests_vector_ad AFTER DELETE ON ai_requests BEGIN
  DELETE FROM embedding_queue WHERE kind = 'ai_requests' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:ai_requests', 'archivolt:ai_requests:new', 'archivolt:ai_requests:old'));
END;
CREATE TRIGGER ai_requests_vector_au AFTER UPDATE OF pk, id, prompt_text, response_text ON ai_requests
WHEN NEW.pk <> OLD.pk OR NEW.id IS NOT OLD.id OR NEW.prompt_text IS NOT OLD.prompt_text OR NEW.response_text IS NOT OLD.response_text BEGIN
  DELETE FROM embedding_queue WHERE kind = 'ai_requests' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:ai_requests', 'archivolt:ai_requests:new', 'archivolt:ai_requests:old'));
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('ai_requests', NEW.pk);
END;
CREATE TRIGGER document_chunks_vector_au AFTER UPDATE OF chunk_text, heading ON document_chunks
WHEN NEW.chunk_text IS NOT OLD.chunk_text OR NEW.heading IS NOT OLD.heading BEGIN
  DELETE FROM vector_points WHERE chunk_id = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name = 'archivolt:document_chunks:new');
END;

-- A question with the sources that answer it ('judged') or a search to be run again ('replay'); result: what was found when it was kept.
CREATE TABLE stored_searches (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  user_id TEXT REFERENCES users(id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('judged','replay')),
  question TEXT NOT NULL,
  sources TEXT CHECK (sources IS NULL OR json_valid(sources)),
  answer TEXT,
  source_match_field TEXT CHECK (source_match_field IS NULL OR json_valid(source_match_field)),
  result TEXT CHECK (result IS NULL OR json_valid(result)),
  created_at INTEGER,
  extra TEXT CHECK (extra IS NULL OR json_valid(extra))
) STRICT;
CREATE INDEX ix_stored_searches_user ON stored_searches(user_id, kind, question);
