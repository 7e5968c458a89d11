/** One table, as the page sees it. */
import type { FindParams } from '../protocol/messages.js';
import type { FindOptions, Insert, Key, Row, Table, TableName, Update, Where } from '../types.js';
import { anything, array, count, fn, key, object, options as checkOptions, signal } from './check.js';
import type { Call, Watcher } from './call.js';

const FIND_OPTIONS = { where: anything, orderBy: anything, limit: count, offset: count, signal };

export class TableClient<T extends TableName> implements Omit<Table<T>, 'watch'> {
  protected readonly name: T;
  protected readonly call: Call;

  constructor(name: T, call: Call) {
    this.name = name;
    this.call = call;
  }

  async insert(row: Insert<T>): Promise<Row<T>> {
    object('row', row);
    return (await this.call('records.insert', { table: this.name, row })) as unknown as Row<T>;
  }

  async insertMany(rows: Insert<T>[]): Promise<{ ids: string[] }> {
    array('rows', rows).forEach((row, index) => object(`rows[${index}]`, row));
    return this.call('records.insertMany', { table: this.name, rows });
  }

  async get(id: Key<T>): Promise<Row<T> | null> {
    key('id', id);
    return (await this.call('records.get', { table: this.name, id })) as unknown as Row<T> | null;
  }

  async find(options: FindOptions<T> = {}): Promise<Row<T>[]> {
    checkOptions('options', options, FIND_OPTIONS);
    const { signal: abort, ...rest } = options;
    return (await this.call('records.find', { table: this.name, ...rest } as FindParams, {
      signal: abort,
    })) as unknown as Row<T>[];
  }

  async count(where?: Where<T>): Promise<number> {
    if (where !== undefined) object('where', where);
    return this.call('records.count', { table: this.name, ...(where === undefined ? {} : { where }) });
  }

  async update(id: Key<T>, patch: Update<T>): Promise<Row<T>> {
    key('id', id);
    object('patch', patch);
    return (await this.call('records.update', { table: this.name, id, patch })) as unknown as Row<T>;
  }

  async delete(id: Key<T>): Promise<boolean> {
    key('id', id);
    return this.call('records.delete', { table: this.name, id });
  }
}

export class WatchedTableClient<T extends TableName> extends TableClient<T> implements Table<T> {
  readonly #watcher: Watcher;

  constructor(name: T, call: Call, watcher: Watcher) {
    super(name, call);
    this.#watcher = watcher;
  }

  watch(options: FindOptions<T>, listener: (rows: Row<T>[]) => void, onError?: (error: unknown) => void): () => void {
    checkOptions('options', options, FIND_OPTIONS);
    fn('listener', listener);
    if (onError !== undefined) fn('onError', onError);
    const { signal: abort, ...rest } = options;
    if (abort?.aborted === true) return () => undefined;
    const end = this.#watcher(this.name, () => this.find(rest as FindOptions<T>), listener, onError);
    abort?.addEventListener('abort', end, { once: true });
    return () => {
      abort?.removeEventListener('abort', end);
      end();
    };
  }
}
