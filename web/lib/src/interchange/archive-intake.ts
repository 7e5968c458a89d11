/**
 * Everything of a workspace comes in as archive-export.ts writes it: rows with their ids, collections and their points.
 *
 * What a workspace keeps of itself is not taken over: how far its own imports came, and the vectors of its rows, which are made
 * here from their texts.
 */
import { invalidArgument } from '../errors.js';
import { COLLECTIONS, POINTS } from './archive-forms.js';
import { textsOf, type Texts } from './archive-lines.js';
import { ArchiveWriter } from './archive-writer.js';
import type { ImportHost } from './import-host.js';
import type { Intake, Plan, Planned } from './intake.js';
import type { KnownTable } from './plan.js';
import type { Source } from './source.js';
import { TARGETS } from './targets.gen.js';

/** Collections before their points; rejects of others come when this import has told its own of the tables before. */
const ORDER = [
  ...Object.keys(TARGETS).filter((name) => name !== 'import_rejects'),
  COLLECTIONS,
  POINTS,
  'import_rejects',
];

export class ArchiveIntake implements Intake<Planned> {
  readonly system = 'archivolt';
  readonly title = 'an export of everything';
  readonly reading = { memberTexts: true };
  readonly writer: ArchiveWriter;
  readonly #host: ImportHost;

  constructor(host: ImportHost, dryRun: boolean, now: string) {
    this.#host = host;
    this.writer = new ArchiveWriter(host, dryRun, now);
  }

  async plan(known: readonly KnownTable[], { format }: Source, signal: AbortSignal): Promise<Plan<Planned>> {
    if (format !== 'jsonl' && format !== 'zip')
      throw invalidArgument('An export of everything is a file of JSON lines, or a zip of it.', {
        argument: 'options.system',
      });
    const place = ({ source }: Planned): number => ORDER.indexOf(source.name);
    const tables = known.map(({ source }) => ({ source }));
    // Points name their collection: what it is must be known before, also where an import goes on.
    const collections: Texts[] = [];
    for (const { source } of tables.filter((one) => one.source.name === COLLECTIONS))
      for await (const batch of source.rows({ signal })) collections.push(...textsOf(batch));
    const embedder = collections.length === 0 ? null : await this.#host.embedder(signal).catch(() => null);
    this.writer.expect(collections, embedder);
    return {
      tables: tables.filter((one) => place(one) >= 0).sort((a, b) => place(a) - place(b)),
      skipped: tables
        .filter((one) => place(one) < 0)
        .map(({ source }) => ({ table: source.name, reason: 'no table of this version has this name' })),
    };
  }
}
