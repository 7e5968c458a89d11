/** JSON files: arrays of rows, objects of tables, and what Qdrant and Chroma answer. */
import { invalidArgument } from '../../errors.js';
import type { SourceFormat, SourceTable } from '../source.js';
import type { NamedBytes } from './bytes.js';
import { firstItem } from './json-items.js';
import { readPoints, readRows } from './json-rows.js';
import { arrayTable, chromaTable, objectTable } from './json-tables.js';
import { indexJson, type JsonNode } from './json-tree.js';
import { openLines } from './jsonl.js';
import { tableName } from './names.js';
import type { OpenedFile, ReadOptions } from './opened.js';
import { CHROMA_MEMBERS, isObject, isPoint } from './vector-shapes.js';

/** `forced` is the format that the caller names. */
export async function openJson(
  file: NamedBytes,
  forced: SourceFormat | undefined,
  options: ReadOptions,
): Promise<OpenedFile> {
  const tree = await indexJson(file.bytes, options.signal);
  if (tree.trailing !== null) {
    if (forced === undefined) return openLines(file, options);
    const message = `More JSON follows at byte ${tree.trailing}: is it a file of JSON lines?`;
    throw invalidArgument(message, { position: tree.trailing });
  }
  const planner = new Planner(file, options);
  await planner.visit(tree.root, tableName(file.name));
  if (planner.tables.length === 0 && tree.root.kind === 'object' && planner.empty === 0 && !tree.isCut) {
    // An object without any table in it is a row itself.
    planner.tables.push(objectTable({ file, name: tableName(file.name), options }, tree.root));
  } else planner.singles();
  if (forced !== undefined && forced !== 'json' && planner.format !== forced) {
    throw invalidArgument(`The file holds nothing of the form that ${forced} exports have.`);
  }
  const cut = { table: null, raw: '' };
  if (tree.isCut) {
    const reason = 'The file ends in the middle of its JSON.';
    options.problems.add(`${file.name} cut`, { ...cut, reason, position: tree.root.end });
  }
  if (file.bytes.damage !== '') {
    const reason = `The packed file is damaged: ${file.bytes.damage}.`;
    options.problems.add(`${file.name} damage`, { ...cut, reason, position: tree.root.end });
  }
  return { format: planner.format, tables: planner.tables };
}

const MOST_LEVELS = 3;

class Planner {
  readonly tables: SourceTable[] = [];
  format: 'json' | 'qdrant' | 'chroma' = 'json';
  /** Arrays without items, which may be tables without rows. */
  empty = 0;
  readonly #file: NamedBytes;
  readonly #options: ReadOptions;
  /** Objects beside the tables, each a row of its own. */
  readonly #objects: { node: JsonNode; name: string }[] = [];
  readonly #leftOut: string[] = [];

  constructor(file: NamedBytes, options: ReadOptions) {
    this.#file = file;
    this.#options = options;
  }

  async visit(node: JsonNode, name: string, level = 0): Promise<void> {
    if (node.kind === 'array') return this.#array(node, name, level);
    if (node.kind !== 'object') return;
    const { members } = node;
    if (isChroma(members)) {
      this.format = 'chroma';
      this.tables.push(chromaTable({ file: this.#file, name, options: this.#options }, members));
      return;
    }
    const points = pointsOf(members);
    if (points !== undefined && (await this.#points(points, name, false))) return;
    for (const [member, inner] of members) {
      const before = this.tables.length + this.empty;
      const [objects, leftOut] = [this.#objects.length, this.#leftOut.length];
      if (inner.kind !== 'value' && level < MOST_LEVELS) await this.visit(inner, member, level + 1);
      const found = this.tables.length + this.empty > before;
      if (inner.kind === 'object' && !found) {
        // A row with all that is in it.
        this.#objects.length = objects;
        this.#leftOut.length = leftOut;
        this.#objects.push({ node: inner, name: member });
      } else if (!found) this.#leftOut.push(member);
    }
  }

  async #array(node: JsonNode, name: string, level: number): Promise<void> {
    if (await this.#points(node, name, true)) return;
    const plan = { file: this.#file, name, options: this.#options };
    if (node.first === 0x7b) {
      const isAggregate = await this.#isAggregate(node);
      this.tables.push(arrayTable(plan, node, readRows, isAggregate ? null : node.count));
    } else if (node.count === 0) {
      this.empty++;
      this.tables.push(arrayTable(plan, node, readRows, 0));
    } else if (level === 0)
      throw invalidArgument('The JSON file is an array of values that are no rows: rows are objects.');
  }

  async #isAggregate(node: JsonNode): Promise<boolean> {
    const item = await firstItem(this.#file.bytes, node, this.#options);
    return item !== undefined && readRows(item).rows[0] !== item;
  }

  /** Takes the array when its items are points. */
  async #points(node: JsonNode, name: string, needsVector: boolean): Promise<boolean> {
    if (node.first !== 0x7b) return false;
    const item = await firstItem(this.#file.bytes, node, this.#options);
    if (!isObject(item) || !isPoint(Object.keys(item), needsVector)) return false;
    this.format = 'qdrant';
    this.tables.push(arrayTable({ file: this.#file, name, options: this.#options }, node, readPoints, null));
    return true;
  }

  /** Objects beside tables: rows of their own, so that nothing is left out. */
  singles(): void {
    for (const { node, name } of this.#objects) {
      this.tables.push(objectTable({ file: this.#file, name, options: this.#options }, node));
    }
    if (this.#leftOut.length === 0 || this.format !== 'json') return;
    this.#options.problems.add(`${this.#file.name} left out`, {
      ...{ table: null, position: null },
      reason: 'These members are no tables and were left out.',
      raw: this.#leftOut.join(', ').slice(0, 4096),
    });
  }
}

function isChroma(members: ReadonlyMap<string, JsonNode>): boolean {
  const ids = members.get('ids');
  return (
    ids?.kind === 'array' &&
    (ids.first === 0x22 || ids.count === 0) &&
    [...members.keys()].every((name) => CHROMA_MEMBERS.includes(name))
  );
}

/** The array of points in an answer of Qdrant. */
function pointsOf(members: ReadonlyMap<string, JsonNode>): JsonNode | undefined {
  const result = members.get('result');
  const found = members.get('points') ?? (result?.kind === 'object' ? result.members.get('points') : result);
  return found?.kind === 'array' ? found : undefined;
}
