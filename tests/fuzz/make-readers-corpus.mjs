// Writes tests/fuzz/corpus/readers: small files of every format, from which the fuzzer in tests/node/readers-fuzz.test.mjs makes
// its own. node tests/fuzz/make-readers-corpus.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { crc32Of } from '../support/crc32.mjs';
import { zip } from '../support/zip.mjs';

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), 'corpus/readers');
const points = [
  { id: 1, vector: [0.5, -1], payload: { a: 'ü', n: [1, null] } },
  { id: 'b', vector: { x: [1], y: [2, 3] }, payload: null },
];
const csv = 'id,name,note\n1,"x, ""y""",\n2,"",größe\n3,"a\nb",z\n';
const dump = String.raw`--
-- PostgreSQL database dump
--
\restrict aB
SET standard_conforming_strings = on;
CREATE TABLE public.t (id integer NOT NULL, "B ""b" text DEFAULT 'a;b', tags text[]);
CREATE FUNCTION public.f() RETURNS text LANGUAGE sql AS $_$ SELECT ';' $_$;
COPY public.t (id, "B ""b", tags) FROM stdin;
1	a\tb\\n\N	{a,"b c"}
2	\N	\N
3		{}
\.

/* done; */
ALTER TABLE ONLY public.t ADD CONSTRAINT t_pkey PRIMARY KEY (id);
`;
const inserts = String.raw`SET x = 1;
CREATE TABLE t (a int, b text);
INSERT INTO t VALUES (1, 'it''s'), (-2.5, E'a\'b\n'), (DEFAULT, $q$x'$q$::text);
INSERT INTO public.t (b) VALUES (ARRAY['a', NULL]::text[]), (NULL) ON CONFLICT (a) DO NOTHING;
`;
const files = {
  'copy.sql': dump,
  'inserts.sql': inserts,
  'table.csv': csv,
  'semicolons.csv': '\ufeffa;b\r\n1,5;"x"\r\n',
  'rows.json': JSON.stringify([{ id: 1, b: null, c: { d: [1.5, 'e'] } }, { id: 2 }]).replace(
    '1.5',
    '12345678901234567890',
  ),
  'tables.json': JSON.stringify({ version: 1, data: { users: [{ id: 1 }], teams: [] }, tasks: [{ id: 'T' }] }, null, 1),
  'lines.jsonl': '{"table":"a","row":{"x":1}}\n{"table":"b","y":"\\u00fc"}\n{"z":[1]}\n',
  'points.json': JSON.stringify({ result: { points, next_page_offset: null }, status: 'ok' }),
  'chroma.json': JSON.stringify({
    ids: ['a', 'b'],
    embeddings: [
      [1, 2],
      [3, 4],
    ],
    documents: ['x', null],
    metadatas: [{ k: 1 }, null],
  }),
  'archive.zip': zip([
    { name: 'a/table.csv', content: csv },
    { name: 'dump.sql', content: dump, stored: true },
  ]),
};
// gzip by hand: the header of zlib's own differs between systems.
files['table.csv.gz'] = Buffer.concat([
  Buffer.from([31, 139, 8, 0, 0, 0, 0, 0, 0, 255]),
  deflateRawSync(csv),
  trailer(csv),
]);

function trailer(text) {
  const content = Buffer.from(text);
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(crc32Of(content), 0);
  bytes.writeUInt32LE(content.length, 4);
  return bytes;
}

mkdirSync(folder, { recursive: true });
for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
