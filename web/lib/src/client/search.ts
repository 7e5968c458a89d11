/** Search, as the page sees it. */
import type { SearchOptions, SearchResult } from '../types.js';
import {
  among,
  anything,
  array,
  count,
  filled,
  object,
  options as checkOptions,
  positive,
  signal,
  text,
  vector,
} from './check.js';
import type { Call } from './workspace.js';

export const KIND = among('documents', 'decisions', 'stories', 'code_examples', 'messages', 'ai_requests');
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
  signal,
};

export async function search(call: Call, query: string, options: SearchOptions = {}): Promise<SearchResult> {
  text('query', query);
  checkOptions('options', options, OPTIONS);
  const { signal: abort, ...rest } = options;
  return call('search', { query, ...rest }, { signal: abort });
}
