-- 0003: the graphs of vector indexes, so that a workspace that is opened need not build them again.

-- Derived: links without vectors, by collection. Part 0 is written last and names the others; a generation without it is
-- unfinished. docs/formats.md has the bytes.
CREATE TABLE vector_graphs (
  collection_id TEXT NOT NULL REFERENCES vector_collections(id) ON DELETE CASCADE,
  generation INTEGER NOT NULL,
  part INTEGER NOT NULL CHECK (part >= 0),
  bytes BLOB NOT NULL,
  PRIMARY KEY (collection_id, generation, part)
) STRICT;
