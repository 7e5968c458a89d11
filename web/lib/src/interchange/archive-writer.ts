/**
 * Lines of an export of everything as the rows that they were, with their ids.
 *
 * A row that is there is changed where it differs; one that another row here stands in the way of is set aside. What of a row no
 * column is for, because a newer version wrote it, goes to `extra`, and the row is set aside where its table has none.
 */
import type { ImportReport, ImportedTable } from '../types.js';
import { COLLECTIONS, fromOwnForm, POINTS } from './archive-forms.js';
import { keyOf, rawOf, textsOf, type Texts } from './archive-lines.js';
import { ArchivePoints } from './archive-points.js';
import type { EmbedderIdentity, ImportHost } from './import-host.js';
import type { Planned, RowWriter } from './intake.js';
import { Rejects } from './rejects.js';
import type { RowBatch } from './source.js';
import { TARGETS, type Target } from './targets.gen.js';
import { Unfit } from './unfit.js';

export class ArchiveWriter implements RowWriter<Planned> {
  readonly #host: ImportHost;
  readonly #rejects: Rejects;
  readonly #points: ArchivePoints;

  constructor(host: ImportHost, dryRun: boolean, now: string) {
    this.#host = host;
    this.#rejects = new Rejects(host, 'archivolt', 'local', now, dryRun);
    this.#points = new ArchivePoints(host, this.#rejects);
  }

  get result(): ImportReport {
    return this.#rejects.report;
  }

  counts(table: string): ImportedTable {
    return this.#rejects.counts(table);
  }

  addReject(table: string, sourceId: string | null, reason: string, raw: string): void {
    this.#rejects.add(table, sourceId, reason, raw);
  }

  forgetRejects({ source }: Planned): void {
    this.#rejects.forget(source.name);
  }

  /** Takes in what the lines say of the collections before any of them is written. `embedder`: who embeds here. */
  expect(collections: readonly Texts[], embedder: EmbedderIdentity | null): void {
    this.#points.expect(collections, embedder);
  }

  writeBatch({ source: { name } }: Planned, batch: RowBatch): void {
    const rows = textsOf(batch);
    if (name === COLLECTIONS) this.#points.writeCollections(rows);
    else if (name === POINTS) this.#points.writePoints(rows);
    else this.#writeRows(name, rows);
  }

  #writeRows(name: string, rows: readonly Texts[]): void {
    const target = TARGETS[name];
    if (target === undefined) throw new RangeError(`there is no table ${name}`);
    const counts = this.counts(name);
    // Rows of the same columns together: what a row does not have is not written.
    const forms = new Map<string, { columns: string[]; rows: { texts: Texts; values: unknown[] }[] }>();
    for (const texts of rows) {
      if (isOfItsWorkspace(name, texts)) {
        this.#rejects.skip(name, 'how far the imports of that workspace came stays there');
        continue;
      }
      counts.read++;
      try {
        const values = valuesOf(target, texts);
        const columns = [...values.keys()];
        const form = forms.get(columns.join()) ?? { columns, rows: [] };
        forms.set(columns.join(), form);
        form.rows.push({ texts, values: [...values.values()] });
      } catch (error) {
        if (!(error instanceof Unfit)) throw error;
        this.#rejects.reject(name, keyOf(target.key, texts), `${error.message}.`, rawOf(texts));
      }
    }
    for (const { columns, rows: fitting } of forms.values()) {
      const written = this.#host.call('interchange.write', {
        table: name,
        columns,
        rows: fitting.map(({ values }) => values),
        defaults: {},
      });
      counts.added += written.added;
      counts.updated += written.updated;
      counts.unchanged += written.unchanged;
      for (const [index, reason] of written.rejects) {
        const texts = fitting[index]?.texts ?? new Map<string, string>();
        this.#rejects.reject(name, keyOf(target.key, texts), reason, rawOf(texts));
      }
    }
  }
}

function isOfItsWorkspace(table: string, texts: Texts): boolean {
  return (
    table === 'migration_state' &&
    texts.get('origin') === '"local"' &&
    texts.get('migration_name')?.startsWith('"import:') === true
  );
}

/** What the core takes, by column. Throws Unfit. */
function valuesOf({ key, columns }: Target, texts: Texts): Map<string, unknown> {
  const values = new Map<string, unknown>();
  const unknown: [string, string][] = [];
  for (const [name, text] of texts) {
    const kind = Object.hasOwn(columns, name) ? columns[name] : undefined;
    if (kind !== undefined) {
      try {
        values.set(name, fromOwnForm(kind, text));
      } catch (error) {
        throw error instanceof Unfit ? new Unfit(`${name} ${error.message}`) : error;
      }
    } else if (text !== 'null') unknown.push([name, text]);
  }
  for (const name of key) if (!values.has(name)) throw new Unfit(`${name} is missing, which names the row`);
  if (unknown.length > 0) {
    const [[name] = ['']] = unknown;
    if (columns['extra'] === undefined) throw new Unfit(`${name} is no column that this version has`);
    values.set('extra', withMembers((values.get('extra') ?? '{}') as string, unknown));
  }
  return values;
}

/** The JSON object with these members as well. */
function withMembers(object: string, members: readonly [string, string][]): string {
  const inner = object.trim();
  const present: unknown = JSON.parse(inner);
  if (!inner.startsWith('{') || typeof present !== 'object' || present === null)
    throw new Unfit('extra is no object, and there are columns that this version has not');
  const twice = members.find(([name]) => Object.hasOwn(present, name));
  if (twice !== undefined) throw new Unfit(`${twice[0]} is no column that this version has, and extra has its own`);
  const added = members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',');
  return `${inner.slice(0, -1)}${Object.keys(present).length === 0 ? '' : ','}${added}}`;
}
