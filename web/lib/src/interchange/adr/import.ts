/** Decisions from Markdown files: their rows, whose they are, and what they refer to. */
import { ArchivoltError } from '../../errors.js';
import type { ImportReport, Progress } from '../../types.js';
import { IdSpace } from '../ids.js';
import type { ImportHost } from '../import-host.js';
import { ImportRun, type ImportRequest } from '../import-run.js';
import { locked } from '../locked.js';
import { MapIntake } from '../map-intake.js';
import type { MapColumn, SystemMap, TransformName } from '../maps.js';
import { VERBATIM } from '../rows.js';
import { writeRows } from '../write-rows.js';
import { SYSTEM, TITLE } from './decision.js';
import { openDecisions, TABLE } from './source.js';

/** Owner of decisions that come in without one: a row of this name. */
const NOBODY = 'adr';

export async function importDecisions(
  host: ImportHost,
  request: ImportRequest,
  actor: string,
  signal: AbortSignal,
  report: (progress: Progress) => void,
): Promise<ImportReport> {
  const { files, user, project, format } = request;
  if (format !== undefined && format !== 'zip')
    throw new ArchivoltError('INVALID_ARGUMENT', `options.format: decisions are Markdown files or a zip of them.`, {
      argument: 'options.format',
    });
  const owners = new IdSpace(SYSTEM, 'users');
  // Of two projects' files with one name each is its own.
  const originOf = (slug: string): string => (project === undefined ? slug : `${project}/${slug}`);
  const ids = new IdSpace(SYSTEM, TABLE);
  const { owner, here } = await locked(host, signal, () => {
    const ask = (sql: string, ...params: unknown[]): unknown[][] => host.call('sql.query', { sql, params }).rows;
    const isThere = (table: string, id: string): boolean => ask(`SELECT 1 FROM ${table} WHERE id = ?`, id).length > 0;
    if (user !== undefined && !isThere('users', user)) throw notFound('user', user);
    if (project !== undefined && !isThere('projects', project)) throw notFound('project', project);
    const origins = ask('SELECT origin_id FROM decisions WHERE origin = ?', SYSTEM).map(([origin]) => String(origin));
    const begin = originOf('');
    return {
      owner: user ?? (actor !== '' && isThere('users', actor) ? actor : null),
      here: origins.filter((origin) => origin.startsWith(begin)).map((origin) => origin.slice(begin.length)),
    };
  });
  const map = mapOf(owner ?? owners.idOf(NOBODY), project ?? null);
  const now = new Date().toISOString();
  const intake = new MapIntake(host, map, request, now, {
    open: (aborted) =>
      openDecisions(files, { signal: aborted, idOf: (slug) => ids.idOf(originOf(slug)), originOf, here }),
    prepare() {
      if (owner !== null) return;
      writeRows(
        host,
        {
          table: 'users',
          columns: ['id', 'origin', 'origin_id'],
          defaults: { username: NOBODY, display_name: TITLE, created_at: now },
        },
        [[owners.idOf(NOBODY), SYSTEM, NOBODY]],
      );
    },
    variant: project === undefined ? '' : `:${project}`,
  });
  return new ImportRun(host, intake, now, request, actor, signal, report).run();
}

export function notFound(what: 'user' | 'project', id: string): ArchivoltError {
  return new ArchivoltError('NOT_FOUND', `options.${what}: there is no ${what} with the id ${JSON.stringify(id)}.`, {
    argument: `options.${what}`,
  });
}

/** Where each column of a file's row goes; owner and project are for new rows. */
function mapOf(owner: string, project: string | null): SystemMap {
  const column = (name: string, to: string, transform: TransformName, more: Partial<MapColumn> = {}): MapColumn => ({
    name,
    type: 'TEXT',
    nullable: true,
    to,
    transform,
    ...more,
  });
  const forNewRows = (value: unknown): Partial<MapColumn> => ({ whenAbsent: { import: value, newRows: 'import' } });
  return {
    system: SYSTEM,
    title: TITLE,
    engine: 'Markdown',
    timestamps: { zone: 'utc', form: 'iso' },
    tables: [
      {
        name: TABLE,
        target: 'decisions',
        constants: { origin: SYSTEM },
        columns: [
          column('slug', 'origin_id', 'id'),
          column('title', 'title', 'text'),
          column('description', 'description', 'text'),
          column('options', 'options', 'json'),
          column('selected_option', 'selected_option', 'text'),
          column('rationale', 'rationale', 'text'),
          column('status', 'status', 'text'),
          column('tags', 'tags', 'json'),
          column('metadata', 'metadata', 'json'),
          column(VERBATIM, 'extra', 'extra', { arguments: { json: true } }),
          column('date', 'created_at', 'ts', forNewRows('$now')),
          column('updated', 'updated_at', 'ts', forNewRows('$now')),
          column('owner', 'user_id', 'text', forNewRows(owner)),
          column('project', 'project_id', 'text', forNewRows(project)),
        ],
      },
    ],
    named: [],
    shapes: [],
    collections: [],
  };
}
