/** Judged queries that are kept in the workspace, and how their answers change from one evaluation to the next. */
import { filled, key, object, options as checkOptions, signal } from '../client/check.js';
import { ArchivoltError, invalidArgument } from '../errors.js';
import type { JsonValue, Row, Transaction, Workspace } from '../types.js';
import { stopIfAborted } from './aborted.js';
import {
  changesBetween,
  circumstancesOf,
  members,
  readCircumstances,
  type Change,
  type Circumstances,
} from './circumstances.js';
import { evaluate, gainOf, MODES, type EvaluationOptions, type EvaluationReport, type Mode } from './evaluate.js';
import { checkQueries, checkQuery, type JudgedQuery } from './judged.js';
import { MEASURES, type Difference, type Measure, type Scores } from './metrics.js';

export interface StoredJudgedQuery extends JudgedQuery {
  id: string;
  /** Whose it is; null: nobody's in particular. It goes with him when he is erased. */
  user: string | null;
  createdAt: string;
  /** The scores that were kept last, by mode; null: none since the query was last changed. */
  kept: KeptScores | null;
}

interface KeptScores {
  /** ISO 8601 UTC. */
  at: string;
  modes: Partial<Record<Mode, Scores>>;
  circumstances: Circumstances;
}

export interface JudgedOptions {
  /** Only his queries; without one those that are nobody's. */
  user?: string;
  signal?: AbortSignal;
}

/** Queries of one user, or of nobody: more than anybody judges by hand. */
const MOST = 10_000;
const LONGEST = { question: 10_000, source: 4000, answer: 100_000, sources: 1000 };

type StoredRow = Row<'stored_searches'>;

/**
 * Keeps queries. A question that is there already gets the sources and the answer that come now, so that the same file twice changes
 * nothing. All or none. INVALID_ARGUMENT names what is no query or too long; FAILED_PRECONDITION: more than 10,000; CONSTRAINT: no such user.
 */
export async function addJudgedQueries(
  workspace: Workspace,
  queries: JudgedQuery[],
  options: JudgedOptions = {},
): Promise<{ added: number; changed: number; unchanged: number }> {
  const user = checkScope(options);
  const judged = new Map(
    checkQueries('queries', queries).map((query, index) => [checkSize(index, query).question, query]),
  );
  stopIfAborted(options.signal);
  return workspace.transaction(async (tx) => {
    stopIfAborted(options.signal);
    const there = new Map((await rowsOf(tx, user)).map((row) => [row.question, row]));
    const fresh = [...judged.values()].filter(({ question }) => !there.has(question));
    if (there.size + fresh.length > MOST)
      throw new ArchivoltError('FAILED_PRECONDITION', `A workspace keeps at most ${MOST} judged queries of a user.`);
    const counts = { added: fresh.length, changed: 0, unchanged: 0 };
    if (fresh.length > 0)
      await tx.table('stored_searches').insertMany(
        fresh.map((query) => ({
          kind: 'judged' as const,
          user_id: user,
          question: query.question,
          created_at: new Date(),
          ...columnsOf(query),
        })),
      );
    for (const query of judged.values()) {
      stopIfAborted(options.signal);
      const row = there.get(query.question);
      if (row === undefined) continue;
      const changed = await replace(tx, row, query);
      if (changed) counts.changed++;
      else counts.unchanged++;
    }
    return counts;
  });
}

/** Those that are kept, the oldest first. */
export async function judgedQueries(workspace: Workspace, options: JudgedOptions = {}): Promise<StoredJudgedQuery[]> {
  const user = checkScope(options);
  stopIfAborted(options.signal);
  return (await rowsOf(workspace, user)).flatMap(readable);
}

/**
 * Changes members of a query; what was kept of its scores goes, as another question or other sources have no scores yet.
 * NOT_FOUND: no such query. ALREADY_EXISTS: another one asks the same.
 */
export async function editJudgedQuery(
  workspace: Workspace,
  id: string,
  patch: Partial<JudgedQuery>,
): Promise<StoredJudgedQuery> {
  key('id', filled('id', id));
  const given = object('patch', patch);
  return workspace.transaction(async (tx) => {
    const row = await rowWith(tx, id);
    const query = checkSize(null, checkQuery('patch', { ...queryOf(row), ...given }));
    const [other] = await tx.table('stored_searches').find({
      where: { kind: 'judged', question: query.question, user_id: row.user_id, id: { ne: id } },
      limit: 1,
    });
    if (other !== undefined) throw new ArchivoltError('ALREADY_EXISTS', 'Another judged query asks the same question.');
    await replace(tx, row, query);
    return readRow(await rowWith(tx, id));
  });
}

/** Whether there was such a query. */
export async function removeJudgedQuery(workspace: Workspace, id: string): Promise<boolean> {
  filled('id', id);
  const { changes } = await workspace.execute("DELETE FROM stored_searches WHERE id = ?1 AND kind = 'judged'", [id]);
  return changes > 0;
}

export interface JudgedEvaluation {
  at: string;
  /** What was asked; the report's scores have their order. */
  queries: StoredJudgedQuery[];
  report: EvaluationReport;
  circumstances: Circumstances;
  /**
   * Beside the result that was kept last: how many of the queries have one, what each mode gained on them (below 0: lost), and what
   * has changed since. null: none has one.
   */
  since: {
    at: string;
    queries: number;
    gains: Partial<Record<Mode, Record<Measure, Difference>>>;
    changes: Change[];
  } | null;
}

/**
 * Evaluates the queries that are kept, and compares with the result that was kept last. Writes nothing: `keepEvaluation` does.
 * FAILED_PRECONDITION: there are none.
 */
export async function evaluateJudged(workspace: Workspace, options: EvaluationOptions = {}): Promise<JudgedEvaluation> {
  const { user, kinds = ['documents'], conversation } = object('options', options) as EvaluationOptions;
  const queries = await judgedQueries(workspace, user === undefined ? {} : { user });
  if (queries.length === 0) throw new ArchivoltError('FAILED_PRECONDITION', 'There are no judged queries to ask yet.');
  const report = await evaluate(workspace, queries, options);
  const circumstances = await circumstancesOf(workspace, kinds, {
    ...(user === undefined ? {} : { user }),
    ...(conversation === undefined ? {} : { conversation }),
  });
  return {
    at: new Date().toISOString(),
    queries,
    report,
    circumstances,
    since: sinceKept(queries, report, circumstances),
  };
}

function sinceKept(
  queries: readonly StoredJudgedQuery[],
  report: EvaluationReport,
  circumstances: Circumstances,
): JudgedEvaluation['since'] {
  const last = queries.reduce<KeptScores | null>(
    (latest, { kept }) => (kept !== null && (latest === null || kept.at > latest.at) ? kept : latest),
    null,
  );
  if (last === null) return null;
  const gains: Partial<Record<Mode, Record<Measure, Difference>>> = {};
  const compared = new Set<number>();
  for (const [mode, { scores }] of Object.entries(report.modes) as [Mode, { scores: Scores[] }][]) {
    const pairs = queries.flatMap(({ kept }, index) => {
      const [base, now] = [kept?.modes[mode], scores[index]];
      if (base === undefined || now === undefined) return [];
      compared.add(index);
      return [[now, base] as const];
    });
    if (pairs.length > 0)
      gains[mode] = gainOf(
        pairs.map(([now]) => now),
        pairs.map(([, base]) => base),
      );
  }
  if (compared.size === 0) return null;
  return { at: last.at, queries: compared.size, gains, changes: changesBetween(last.circumstances, circumstances) };
}

/**
 * Keeps an evaluation as what the next one is compared with. A query that was changed or removed meanwhile is left alone. Modes that
 * were not asked keep nothing. Returns how many queries have it now.
 */
export async function keepEvaluation(workspace: Workspace, evaluation: JudgedEvaluation): Promise<number> {
  const { at, queries, report, circumstances } = object('evaluation', evaluation) as unknown as JudgedEvaluation;
  const results = queries.map((query, index) => ({
    id: query.id,
    query: columnsOf(query),
    question: query.question,
    result: { at, modes: modesAt(report, index), circumstances },
  }));
  const { changes } = await workspace.execute(
    `UPDATE stored_searches SET result = e.value ->> '$.result' FROM json_each(?1) AS e
     WHERE stored_searches.id = e.value ->> '$.id' AND kind = 'judged' AND question = e.value ->> '$.question'
       AND json(sources) = e.value -> '$.query.sources'
       AND coalesce(json(source_match_field), 'null') = e.value -> '$.query.source_match_field'`,
    [JSON.stringify(results)],
  );
  return changes;
}

function modesAt(report: EvaluationReport, index: number): Partial<Record<Mode, Scores>> {
  return Object.fromEntries(
    MODES.flatMap((mode) => {
      const scores = report.modes[mode]?.scores[index];
      return scores === undefined ? [] : [[mode, scores]];
    }),
  );
}

function checkScope(options: JudgedOptions): string | null {
  checkOptions('options', options, { user: filled, signal });
  return options.user ?? null;
}

function checkSize(index: number | null, query: JudgedQuery): JudgedQuery {
  const argument = index === null ? 'patch' : `queries[${index}]`;
  const within = (name: string, value: string, most: number) => {
    if (value.length > most) throw invalidArgument(`${argument}.${name}: at most ${most} characters.`, { argument });
  };
  within('question', query.question, LONGEST.question);
  within('answer', query.answer ?? '', LONGEST.answer);
  for (const name of ['sources', 'source_match_field'] as const) {
    const texts = query[name] ?? [];
    if (texts.length > LONGEST.sources)
      throw invalidArgument(`${argument}.${name}: at most ${LONGEST.sources}.`, { argument });
    texts.forEach((source, at) => within(`${name}[${at}]`, source, LONGEST.source));
  }
  return query;
}

function columnsOf(query: JudgedQuery): {
  sources: string[];
  answer: string | null;
  source_match_field: string[] | null;
} {
  return { sources: query.sources, answer: query.answer ?? null, source_match_field: query.source_match_field ?? null };
}

/** Whether anything was to be changed. Only another question, other sources or fields make its scores old. */
async function replace(tx: Pick<Transaction, 'table'>, row: StoredRow, query: JudgedQuery): Promise<boolean> {
  const [was, now] = [columnsOf(queryOf(row)), columnsOf(query)];
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  const sameAsked =
    row.question === query.question &&
    same([was.sources, was.source_match_field], [now.sources, now.source_match_field]);
  if (sameAsked && was.answer === now.answer) return false;
  await tx.table('stored_searches').update(row.id, {
    question: query.question,
    ...now,
    ...(sameAsked ? {} : { result: null }),
  });
  return true;
}

async function rowsOf(from: Pick<Transaction, 'table'>, user: string | null): Promise<StoredRow[]> {
  return from.table('stored_searches').find({
    where: { kind: 'judged', user_id: user },
    orderBy: ['created_at', 'id'],
    limit: MOST + 1,
  });
}

async function rowWith(from: Pick<Transaction, 'table'>, id: string): Promise<StoredRow> {
  const row = await from.table('stored_searches').get(id);
  if (row?.kind !== 'judged') throw new ArchivoltError('NOT_FOUND', 'There is no judged query with this id.', { id });
  return row;
}

/** A row's query. What is no array of texts there is told where it is asked. */
function queryOf(row: StoredRow): JudgedQuery {
  const { question, sources, answer, source_match_field: fields } = row;
  return checkQuery(`The judged query ${row.id}`, {
    question,
    sources,
    answer,
    ...(fields === null ? {} : { source_match_field: fields }),
  });
}

function readRow(row: StoredRow): StoredJudgedQuery {
  return { id: row.id, user: row.user_id, createdAt: row.created_at ?? '', ...queryOf(row), kept: keptOf(row.result) };
}

/** A row may come from another hand, by an import or SQL: what is no judged query is left out of lists. */
function readable(row: StoredRow): StoredJudgedQuery[] {
  try {
    return [readRow(row)];
  } catch {
    return [];
  }
}

function keptOf(value: JsonValue): KeptScores | null {
  const { at, modes, circumstances } = members(value);
  if (typeof at !== 'string' || Number.isNaN(Date.parse(at))) return null;
  const scores = MODES.flatMap((mode) => {
    const one = members(members(modes)[mode]);
    const whole = MEASURES.every(
      (measure) => typeof one[measure] === 'number' && one[measure] >= 0 && one[measure] <= 1,
    );
    return whole ? [[mode, one as Scores] as const] : [];
  });
  return { at, modes: Object.fromEntries(scores), circumstances: readCircumstances(circumstances) };
}
