/** Search, as the page sees it. */
import { invalidArgument } from '../errors.js';
import type { SearchOptions, SearchResult } from '../types.js';
import {
  among,
  anything,
  array,
  bool,
  count,
  filled,
  object,
  options as checkOptions,
  positive,
  signal,
  text,
  vector,
} from './check.js';
import type { Call } from './call.js';

export const KIND = among('documents', 'decisions', 'stories', 'code_examples', 'messages', 'ai_requests');
const EXPAND = among('neighbours', 'section', 'document');
const OPTIONS = {
  kinds: (argument: string, value: unknown) =>
    array(argument, value).forEach((kind, index) => KIND(`${argument}[${index}]`, kind)),
  limit: positive,
  offset: count,
  mode: among('hybrid', 'semantic', 'keyword'),
  fusion: object,
  where: anything,
  user: filled,
  conversation: filled,
  vector,
  snippet: (argument: string, value: unknown) =>
    checkOptions(argument, value, { tokens: positive, before: text, after: text }),
  correct: bool,
  collapse: bool,
  diversity: (argument: string, value: unknown) => {
    if (typeof value !== 'number' || !(value >= 0 && value <= 1))
      throw invalidArgument(`${argument}: must be a number of 0 to 1.`, { argument });
  },
  expand: (argument: string, value: unknown) => {
    const { to } = typeof value === 'object' ? object(argument, value) : { to: value };
    EXPAND(argument, to);
    if (to !== value) checkOptions(argument, value, { to: EXPAND, characters: positive });
  },
  signal,
};

export async function search(call: Call, query: string, options: SearchOptions = {}): Promise<SearchResult> {
  text('query', query);
  checkOptions('options', options, OPTIONS);
  const { signal: abort, ...rest } = options;
  return call('search', { query, ...rest }, { signal: abort });
}
