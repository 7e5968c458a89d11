/** Imports by the map of a system. */
import { BatchWriter } from './batch-writer.js';
import type { ImportHost } from './import-host.js';
import type { ImportRequest } from './import-run.js';
import type { Intake, IntakeParts, Plan, RowWriter } from './intake.js';
import type { SystemMap } from './maps.js';
import { planImport, type KnownTable, type PlannedTable } from './plan.js';
import type { PlannedPoints } from './point-rows.js';
import { PointWriter } from './point-writer.js';
import type { Source } from './source.js';
import { Clockwork } from './times.js';

type PlannedAny = PlannedTable | PlannedPoints;

export class MapIntake implements Intake<PlannedAny> {
  readonly system: string;
  readonly title: string;
  readonly reading = {};
  readonly writer: RowWriter<PlannedAny>;
  readonly open?: NonNullable<IntakeParts['open']>;
  readonly variant: string;
  readonly ahead?: NonNullable<IntakeParts['ahead']>;
  readonly #map: SystemMap;
  readonly #rows: BatchWriter;
  readonly #prepare: IntakeParts['prepare'];

  /** `now`: the time of what has none. INVALID_ARGUMENT for an unknown time zone. */
  constructor(
    host: ImportHost,
    map: SystemMap,
    { timeZone = 'UTC', dryRun = false }: ImportRequest,
    now: string,
    { open, prepare, variant = '' }: IntakeParts = {},
  ) {
    if (open !== undefined) this.open = open;
    else this.ahead = { map, timeZone, now };
    this.#prepare = prepare;
    this.variant = variant;
    this.system = map.system;
    this.title = map.title;
    this.#map = map;
    const clock = new Clockwork(timeZone);
    const rows = new BatchWriter(host, map, clock, now, dryRun);
    const points = new PointWriter(host, map, clock, rows.rejects);
    this.#rows = rows;
    this.writer = {
      result: rows.result,
      counts: (table) => rows.counts(table),
      writeBatch: (planned, batch) =>
        'declared' in planned ? points.writeBatch(planned, batch) : rows.writeBatch(planned, batch),
      ahead: (planned) => ('declared' in planned ? null : rows.ahead(planned)),
      writePacked: (planned, count, packed) => rows.writePacked(planned.source.name, count, packed),
      addReject: (...reject) => rows.addReject(...reject),
      forgetRejects: ({ source }) => rows.rejects.forget(source.name),
    };
  }

  prepare(): void {
    this.#rows.register();
    this.#prepare?.();
  }

  /** Points come last, so that what they stand for may be there. */
  plan(known: readonly KnownTable[], source: Source): Plan<PlannedAny> {
    this.#rows.jsonIsText = !['json', 'jsonl', 'qdrant', 'chroma'].includes(source.format);
    const points = known.filter((one) => one.source.points !== undefined);
    const { tables, skipped } = planImport(
      this.#map,
      known.filter((one) => !points.includes(one)),
    );
    const planned = points.map((one) => ({
      source: one.source,
      declared: this.#map.collections.find(({ name }) => name === one.source.name) ?? null,
    }));
    return { tables: [...tables, ...planned], skipped };
  }
}
