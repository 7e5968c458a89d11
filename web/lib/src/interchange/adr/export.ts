/** The decisions of a workspace as a folder of Markdown files, in a zip. */
import { cancelled, invalidArgument } from '../../errors.js';
import type { DecisionLayout, Progress } from '../../types.js';
import { unsupported, type ExportHost, type ExportRequest } from '../export-run.js';
import { locked } from '../locked.js';
import { VERBATIM } from '../rows.js';
import { fromMicros } from '../times.js';
import { ZipFile } from '../zip-file.js';
import { digestOf, LAYOUTS, metadataOf, SYSTEM, TITLE, type Decision, type RowStatus } from './decision.js';
import { notFound } from './import.js';
import { Plan, type Named } from './plan.js';
import { writeDecision } from './write.js';

const ROWS = 200;
const ROW_COLUMNS =
  'id, origin, title, description, options, selected_option, rationale, status, tags, metadata, extra, created_at';

/** A row, and the text that it came from. */
interface Read {
  id: string;
  isImported: boolean;
  day: string;
  decision: Decision;
  verbatim: { text: string; isSame: boolean } | null;
}

export class DecisionExport {
  readonly #host: ExportHost;
  readonly #layout: DecisionLayout | undefined;
  readonly #project: string | undefined;
  readonly #signal: AbortSignal;
  readonly #report: (progress: Progress) => void;

  constructor(
    host: ExportHost,
    { format, layout, project }: ExportRequest,
    signal: AbortSignal,
    report: (progress: Progress) => void,
  ) {
    if (format !== 'zip') throw unsupported(TITLE, format, ['zip']);
    if (layout !== undefined && !LAYOUTS.includes(layout))
      throw invalidArgument(`options.layout: must be one of ${LAYOUTS.map((one) => `'${one}'`).join(', ')}.`, {
        argument: 'options.layout',
      });
    this.#host = host;
    this.#layout = layout;
    this.#project = project;
    this.#signal = signal;
    this.#report = report;
  }

  async run(): Promise<Blob> {
    const project = this.#project;
    if (project !== undefined) {
      const found = await locked(this.#host, this.#signal, () =>
        this.#host.query('SELECT 1 FROM projects WHERE id = ?', [project]),
      );
      if (found.length === 0) throw notFound('project', project);
    }
    const named: Named[] = [];
    await this.#each(({ id, isImported, day, decision: { title, metadata } }) => {
      named.push({ id, title, isImported, day, metadata });
    });
    const plan = new Plan(named, this.#layout);
    const zip = new ZipFile();
    for (const [name, text] of plan.configuration()) await zip.add(name, new Blob([text]));
    let done = 0;
    await this.#each(async (read) => {
      const place = plan.placeOf(read.id);
      // Made since the files got their names.
      if (place === undefined) return;
      await zip.add(place.path, new Blob([textOf(read, place.layout, place.number, plan)]));
      this.#report({ phase: 'decisions', done: ++done, total: named.length });
    });
    return zip.blob();
  }

  /** Every decision, in the order of their ids. */
  async #each(visit: (read: Read) => void | Promise<void>): Promise<void> {
    const inProject = this.#project === undefined ? '' : ' AND project_id = ?2';
    const sql = `SELECT ${ROW_COLUMNS} FROM decisions WHERE id > ?1${inProject} ORDER BY id LIMIT ${ROWS}`;
    for (let after: string | null = ''; after !== null;) {
      const params: unknown[] = this.#project === undefined ? [after] : [after, this.#project];
      const rows: unknown[][] = await locked(this.#host, this.#signal, () => this.#host.query(sql, params));
      for (const row of rows) await visit(readRow(row));
      after = rows.length < ROWS ? null : String(rows.at(-1)?.[0]);
      await this.#host.yieldToEvents();
      if (this.#signal.aborted) throw cancelled();
    }
  }
}

function readRow(row: readonly unknown[]): Read {
  const [id, origin, title, description, options, chosen, rationale, status, tags, metadata, extra, created] = row;
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  const json = (value: unknown): unknown => (typeof value === 'string' ? JSON.parse(value) : null);
  const list = (value: unknown): unknown[] | null => (Array.isArray(value) ? value : null);
  const given = json(metadata);
  const fields = {
    title: String(title),
    description: text(description),
    // A single option may stand without a list.
    options: list(json(options)) ?? (json(options) === null ? [] : [json(options)]),
    selected_option: text(chosen),
    rationale: text(rationale),
    status: text(status) as RowStatus | null,
    tags: list(json(tags))?.map((tag) => (typeof tag === 'string' ? tag : JSON.stringify(tag))) ?? null,
  };
  const isImported = origin === SYSTEM;
  const source = isImported ? ownMember(json(extra), VERBATIM) : undefined;
  const verbatim = ownMember(source, 'text');
  const digest = ownMember(source, 'digest');
  const day = typeof created === 'number' || typeof created === 'bigint' ? dayOf(Number(created)) : '';
  return {
    id: String(id),
    isImported,
    day,
    decision: { ...fields, metadata: { ...(day === '' ? {} : isImported ? {} : { date: day }), ...metadataOf(given) } },
    verbatim:
      typeof verbatim === 'string'
        ? { text: verbatim, isSame: digest === digestOf({ ...fields, metadata: given }) }
        : null,
  };
}

function ownMember(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

/** The day of a time, as files have it; '' where none of them would read it. */
function dayOf(micros: number): string {
  const iso = Number.isSafeInteger(micros) && Math.abs(micros) < 8.64e18 ? fromMicros(micros, 'iso') : '';
  return /^\d{4}-\d\d-\d\d(?=T)/.exec(iso)?.[0] ?? '';
}

/** The file as it came as long as nothing of it changed, and made anew otherwise. */
function textOf(
  { id, decision, verbatim }: Read,
  layout: DecisionLayout,
  number: number | undefined,
  plan: Plan,
): string {
  const isSameForm = decision.metadata.format === layout;
  if (verbatim !== null && verbatim.isSame && isSameForm) return verbatim.text;
  return writeDecision(decision, {
    layout,
    number,
    asList: isSameForm && verbatim !== null && !/^\ufeff?---\s/.test(verbatim.text),
    linkTo: (to) => plan.link(id, to),
  });
}
