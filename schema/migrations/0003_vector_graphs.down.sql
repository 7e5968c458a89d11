-- Undoes 0003. The graphs are built again from the vectors; what was embedded again so far, and what it was to replace, is given up.
DROP TABLE stored_searches;
DROP TABLE vector_graphs;
ALTER TABLE vector_collections DROP COLUMN quantization_auto;
DROP TRIGGER document_chunks_vector_au;
-- References are not followed while a migration runs.
DELETE FROM vector_points WHERE collection_id IN (SELECT id FROM vector_collections WHERE name GLOB 'archivolt:*:new' OR name = 'archivolt:document_chunks:old');
DELETE FROM vector_collections WHERE name GLOB 'archivolt:*:new' OR name = 'archivolt:document_chunks:old';
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
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:decisions', 'archivolt:decisions:old'));
END;
CREATE TRIGGER decisions_vector_au AFTER UPDATE OF pk, id, title, description, rationale ON decisions
WHEN NEW.pk <> OLD.pk OR NEW.id IS NOT OLD.id OR NEW.title IS NOT OLD.title OR NEW.description IS NOT OLD.description OR NEW.rationale IS NOT OLD.rationale BEGIN
  DELETE FROM embedding_queue WHERE kind = 'decisions' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:decisions', 'archivolt:decisions:old'));
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('decisions', NEW.pk);
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
