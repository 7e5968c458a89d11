// The checks of the maps find what is wrong with one.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { mapSchema, migratedSchema, readMaps } from '../../tools/check-maps.mjs';
import { schemaProblems } from '../../tools/maps/json-schema.mjs';
import { mapProblems } from '../../tools/maps/map-problems.mjs';

let schema;
before(async () => {
  schema = await migratedSchema();
});

const form = mapSchema();
const maps = readMaps();

test('the five maps are in form and point at what exists', () => {
  assert.deepEqual([...maps.keys()].sort(), ['archi', 'autodevhub', 'gemini_ea', 'socrates', 'softarchitect']);
  for (const map of maps.values()) {
    assert.deepEqual(schemaProblems(form, map), []);
    assert.deepEqual(mapProblems(map, schema), []);
  }
});

const table = (map, name) => map.tables.find((candidate) => candidate.name === name);
const column = (map, of, name) => table(map, of).columns.find((candidate) => candidate.name === name);

const wrong = {
  'a table that is not there': [(map) => (table(map, 'messages').target = 'letters'), /no table letters/],
  'a column that is not there': [(map) => (column(map, 'messages', 'content').to = 'text'), /no column messages\.text/],
  'a transform of another kind': [
    (map) => (column(map, 'messages', 'created_at').transform = 'text'),
    /text cannot write messages\.created_at/,
  ],
  'a value that is not allowed': [
    (map) => (column(map, 'sessions', 'mode').values.chat = 'gossip'),
    /conversations\.mode does not allow gossip/,
  ],
  'two values that become one': [
    (map) => (column(map, 'users', 'status').values.INACTIVE = 'active'),
    /two values become one/,
  ],
  'a reference to another table': [
    (map) => (column(map, 'messages', 'user_id').arguments.table = 'projects'),
    /refers to users, not to projects/,
  ],
  'a constant that is not there': [(map) => (table(map, 'users').constants.colour = 'red'), /no column users\.colour/],
  'an index that is not there': [
    (map) => (table(map, 'users').indexes[0].servedBy = { index: 'ix_none' }),
    /no index ix_none/,
  ],
  'a key that is no column': [(map) => (table(map, 'users').key = ['uid']), /no column uid/],
  'a name given twice': [(map) => (column(map, 'messages', 'metadata').otherNames = ['role']), /role is named twice/],
};
for (const [label, [spoil, message]] of Object.entries(wrong)) {
  test(`${label} is found`, () => {
    const map = structuredClone(maps.get('socrates'));
    spoil(map);
    assert.match(mapProblems(map, schema).join('\n'), message);
  });
}

test('a map out of form is found by place', () => {
  const map = structuredClone(maps.get('archi'));
  map.tables[0].columns[0].transform = 'guess';
  delete map.tables[1].target;
  map.tables[2].color = 1;
  map.date = 'May';
  assert.match(schemaProblems(form, map).join('\n'), /\/tables\/0\/columns\/0\/transform must be one of/);
  assert.match(schemaProblems(form, map).join('\n'), /\/tables\/1 lacks target/);
  assert.match(schemaProblems(form, map).join('\n'), /\/tables\/2\/color is not known here/);
  assert.match(schemaProblems(form, map).join('\n'), /\/date must match/);
  assert.throws(() => schemaProblems({ oneOf: [] }, {}), /does not know/);
});
