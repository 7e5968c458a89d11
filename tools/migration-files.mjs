// Reads schema/migrations: the one place that knows how the files are named and paired.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Hexadecimal SHA-256 of a string or buffer. */
export const sha256 = (content) => createHash('sha256').update(content).digest('hex');

/**
 * The migrations in order of version. Versions count up from 1 without a gap, and each has an up and a down file
 * `NNNN_name.up.sql` and `NNNN_name.down.sql`; anything else throws.
 * @param {string} folder
 * @returns {{version: number, name: string, checksum: string, up: string, down: string, files: string[]}[]}
 */
export function readMigrations(folder) {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  const steps = new Map();
  for (const file of names.sort()) {
    const match = /^(\d{4})_([a-z0-9_]+)\.(up|down)\.sql$/.exec(file);
    if (!match) {
      throw new Error(`${file}: a migration is called NNNN_name.up.sql or NNNN_name.down.sql`);
    }
    const [, version, name, direction] = match;
    const step = steps.get(version) ?? { version: Number(version), name, files: [] };
    if (step.name !== name) {
      throw new Error(`${file}: version ${version} is taken by ${step.name}`);
    }
    step[direction] = readFileSync(path.join(folder, file), 'utf8');
    step.files.push(file);
    steps.set(version, step);
  }
  return [...steps.values()].map((step, index) => {
    if (step.version !== index + 1) {
      throw new Error(`migration ${index + 1} is missing`);
    }
    if (step.up === undefined || step.down === undefined) {
      throw new Error(`migration ${step.name} lacks its ${step.up === undefined ? 'up' : 'down'} file`);
    }
    return { ...step, checksum: sha256(step.up) };
  });
}
