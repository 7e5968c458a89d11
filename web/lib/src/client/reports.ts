/** Reports, as the page sees them: one typed function a question, one call to the core. */
import { invalidArgument } from '../errors.js';
import type { PlainRow } from '../protocol/messages.js';
import type {
  AbWins,
  CloudCosts,
  FeedbackByModel,
  MessageFeedback,
  MessageWithModel,
  ReportRange,
  Reports,
  Row,
  TraceReport,
  UsageByModel,
  UserActivity,
  UserStatistics,
} from '../types.js';
import { filled, options as checkOptions, text, wholeNumber } from './check.js';
import type { Call } from './call.js';

/** A time within the options: a Date or text; the core reads the text. */
function time(argument: string, value: unknown): void {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return;
  if (typeof value !== 'string') throw invalidArgument(`${argument}: expected a Date or ISO 8601 text.`, { argument });
}

function limit(argument: string, value: unknown): void {
  wholeNumber(argument, value, 1);
  if ((value as number) > 1000) throw invalidArgument(`${argument}: must be at most 1000.`, { argument });
}

function offset(argument: string, value: unknown): void {
  if (!Number.isInteger(value) || Math.abs(value as number) > 1440)
    throw invalidArgument(`${argument}: must be whole minutes from -1440 to 1440.`, { argument });
}

const CHECKS = {
  since: time,
  until: time,
  limit,
  utcOffset: offset,
  kind: filled,
  status: filled,
  user: filled,
  project: filled,
  conversation: filled,
  message: filled,
};

type Option = keyof typeof CHECKS;

export class ReportsClient implements Reports {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** `fixed` are the parameters that stand alone, `given` the options, of which `allowed` are taken. */
  async #run<R>(name: string, fixed: PlainRow, given: object = {}, allowed: readonly Option[] = []): Promise<R> {
    for (const [argument, value] of Object.entries(fixed)) (argument === 'query' ? text : filled)(argument, value);
    checkOptions('options', given, Object.fromEntries(allowed.map((option) => [option, CHECKS[option]])));
    return (await this.#call('reports.run', { name, params: { ...given, ...fixed } })) as R;
  }

  userLookup(user: string): Promise<Omit<Row<'users'>, 'password_hash'> | null> {
    return this.#run('userLookup', { user });
  }

  latestRequests(
    user: string,
    options?: { kind?: Row<'ai_requests'>['kind']; until?: string | Date; limit?: number },
  ): Promise<Row<'ai_requests'>[]> {
    return this.#run('latestRequests', { user }, options, ['kind', 'until', 'limit']);
  }

  searchRequests(
    query: string,
    options?: { user?: string; limit?: number },
  ): Promise<(Row<'ai_requests'> & { score: number })[]> {
    return this.#run('searchRequests', { query }, options, ['user', 'limit']);
  }

  userStatistics(user: string, options?: { since?: string | Date; until?: string | Date }): Promise<UserStatistics> {
    return this.#run('userStatistics', { user }, options, ['since', 'until']);
  }

  projectStories(
    project: string,
    options?: { status?: string; limit?: number },
  ): Promise<(Row<'stories'> & { creator_name: string | null })[]> {
    return this.#run('projectStories', { project }, options, ['status', 'limit']);
  }

  searchStories(
    query: string,
    options?: { project?: string; limit?: number },
  ): Promise<(Row<'stories'> & { score: number })[]> {
    return this.#run('searchStories', { query }, options, ['project', 'limit']);
  }

  userActivity(
    user: string,
    options?: { since?: string | Date; kind?: Row<'ai_requests'>['kind'] },
  ): Promise<UserActivity> {
    return this.#run('userActivity', { user }, options, ['since', 'kind']);
  }

  messagesWithModel(options?: ReportRange & { conversation?: string }): Promise<MessageWithModel[]> {
    return this.#run('messagesWithModel', {}, options, ['conversation', 'since', 'until', 'limit']);
  }

  abWins(options?: ReportRange & { conversation?: string }): Promise<AbWins[]> {
    return this.#run('abWins', {}, options, ['conversation', 'since', 'until', 'limit']);
  }

  messageFeedback(scope: { message: string } | { conversation: string; limit?: number }): Promise<MessageFeedback[]> {
    return this.#run('messageFeedback', {}, scope, ['message', 'conversation', 'limit']);
  }

  feedbackByModel(options?: ReportRange): Promise<FeedbackByModel[]> {
    return this.#run('feedbackByModel', {}, options, ['since', 'until', 'limit']);
  }

  trace(trace: string): Promise<TraceReport | null> {
    return this.#run('trace', { trace });
  }

  usageByModel(options?: ReportRange & { user?: string; utcOffset?: number }): Promise<UsageByModel[]> {
    return this.#run('usageByModel', {}, options, ['user', 'since', 'until', 'utcOffset', 'limit']);
  }

  cloudCosts(options?: ReportRange & { project?: string; utcOffset?: number }): Promise<CloudCosts[]> {
    return this.#run('cloudCosts', {}, options, ['project', 'since', 'until', 'utcOffset', 'limit']);
  }
}
