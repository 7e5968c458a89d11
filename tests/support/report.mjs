// How a bench reports: a table on the terminal, JSON in bench-results/, and a failing exit status when a bar is missed.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const results = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../bench-results');

/** The value below which a share (0..1) of the samples lies. */
export function quantile(samples, share) {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/**
 * @param {string} name of the bench and of its file
 * @param {string} title what was measured
 * @param {{ measure: string, value: number, unit: string, atLeast?: number, below?: number }[]} rows
 * @param {unknown} details kept in the file beside the rows
 */
export function report(name, title, rows, details) {
  const met = (row) => row.value >= (row.atLeast ?? -Infinity) && row.value < (row.below ?? Infinity);
  console.log(`${name}: ${title}\n| measure | value | unit | bar | met |\n| --- | ---: | --- | --- | --- |`);
  for (const row of rows) {
    const bar = row.atLeast === undefined ? `< ${row.below}` : `>= ${row.atLeast}`;
    console.log(`| ${row.measure} | ${row.value.toFixed(1)} | ${row.unit} | ${bar} | ${met(row) ? 'yes' : 'NO'} |`);
  }
  mkdirSync(results, { recursive: true });
  writeFileSync(path.join(results, `${name}.json`), `${JSON.stringify({ rows, details }, null, 2)}\n`);
  if (!rows.every(met)) process.exitCode = 1;
}
