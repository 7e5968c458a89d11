/** Imports by the map of a system. */
import { BatchWriter } from './batch-writer.js';
import type { ImportHost } from './import-host.js';
import type { ImportRequest } from './import-run.js';
import type { Intake } from './intake.js';
import type { SystemMap } from './maps.js';
import { planImport, type ImportPlan, type KnownTable, type PlannedTable } from './plan.js';
import type { Source } from './source.js';
import { Clockwork } from './times.js';

export class MapIntake implements Intake<PlannedTable> {
  readonly system: string;
  readonly title: string;
  readonly reading = {};
  readonly writer: BatchWriter;
  readonly #map: SystemMap;

  /** `now`: the time of what has none. INVALID_ARGUMENT for an unknown time zone. */
  constructor(host: ImportHost, map: SystemMap, { timeZone = 'UTC', dryRun = false }: ImportRequest, now: string) {
    this.system = map.system;
    this.title = map.title;
    this.#map = map;
    this.writer = new BatchWriter(host, map, new Clockwork(timeZone), now, dryRun);
  }

  plan(known: readonly KnownTable[], source: Source): ImportPlan {
    this.writer.jsonIsText = !['json', 'jsonl', 'qdrant', 'chroma'].includes(source.format);
    return planImport(this.#map, known);
  }
}
