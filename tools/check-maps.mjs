// Checks the maps of schema/systems and schema/chats: their form (map.schema.json) and that what they point at exists in the migrated
// schema.
//
//   node tools/check-maps.mjs
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { readSchema } from './gen-schema/read-schema.mjs';
import { schemaProblems } from './maps/json-schema.mjs';
import { mapProblems } from './maps/map-problems.mjs';
import { fail, root } from './process.mjs';

const read = (folder, file) => JSON.parse(readFileSync(path.join(root, folder, file), 'utf8'));

/** The maps by system: those of the five, or of another folder. */
export function readMaps(folder = 'schema/systems') {
  const files = readdirSync(path.join(root, folder)).filter(
    (file) => file.endsWith('.json') && file !== 'map.schema.json',
  );
  return new Map(files.map((file) => [path.basename(file, '.json'), read(folder, file)]));
}

export const mapSchema = () => read('schema/systems', 'map.schema.json');
export const migratedSchema = () => readSchema(pathToFileURL(path.join(root, 'schema/migrations/')));

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const schema = await migratedSchema();
  const form = mapSchema();
  const problems = ['schema/systems', 'schema/chats'].flatMap((folder) =>
    [...readMaps(folder)].flatMap(([name, map]) => {
      const inForm = schemaProblems(form, map);
      if (map.system !== name) inForm.push(`/system is ${map.system}`);
      return (inForm.length > 0 ? inForm : mapProblems(map, schema)).map((text) => `${folder}/${name}.json: ${text}`);
    }),
  );
  if (problems.length > 0) fail(`${problems.length} problems in the maps:\n${problems.join('\n')}`);
}
