/** Judged queries in the shape of Archi's `queries.json`: questions, and the sources that answer them. */
import { array, filled, object, text } from '../client/check.js';
import { invalidArgument } from '../errors.js';

export interface JudgedQuery {
  question: string;
  /** What answers it; each counts alike. A hit is one of them when a field of its document equals it, but for case. At least one. */
  sources: string[];
  /** The answer in words, for people and for other judges. */
  answer?: string;
  /** The documents' fields that sources are compared with, columns or members of `metadata`. Default: FIELDS. */
  source_match_field?: string[];
}

/** The fields that a source is looked for in when a query names none. */
export const FIELDS = ['display_name', 'filename', 'relative_path', 'url', 'ticket_id', 'id'];

/** Bytes of a file of queries, as characters: far more than anybody judges. */
const LONGEST = 50_000_000;

/**
 * Reads an array of queries, or an object of them by name, as Archi keeps them. Members that are not known are left alone.
 * INVALID_ARGUMENT names the query that is none.
 */
export function readJudgedQueries(json: string): JudgedQuery[] {
  if (text('json', json).length > LONGEST) throw invalidArgument('json: the file of queries is too large.');
  let read: unknown;
  try {
    read = JSON.parse(json);
  } catch {
    throw invalidArgument('The file of queries is not JSON: an array of {question, sources, answer} is expected.');
  }
  const queries = Array.isArray(read) ? (read as unknown[]) : Object.values(object('queries', read));
  return checkQueries('queries', queries);
}

/** The queries as a file that `readJudgedQueries` and Archi read. */
export function writeJudgedQueries(queries: JudgedQuery[]): string {
  return `${JSON.stringify(checkQueries('queries', queries), null, 2)}\n`;
}

export function checkQueries(argument: string, value: unknown): JudgedQuery[] {
  return array(argument, value).map((query, index) => checkQuery(`${argument}[${index}]`, query));
}

/** The query with nothing but its own members. */
export function checkQuery(argument: string, value: unknown): JudgedQuery {
  const query = object(argument, value);
  const texts = (name: 'sources' | 'source_match_field') =>
    array(`${argument}.${name}`, query[name]).map((item, index) => filled(`${argument}.${name}[${index}]`, item));
  const question = filled(`${argument}.question`, query.question);
  const sources = texts('sources');
  if (sources.length === 0) throw invalidArgument(`${argument}.sources: at least one is needed.`, { argument });
  return {
    question,
    sources,
    ...(query.answer === undefined || query.answer === null
      ? {}
      : { answer: text(`${argument}.answer`, query.answer) }),
    ...(query.source_match_field === undefined ? {} : { source_match_field: texts('source_match_field') }),
  };
}
