/** The maps of the five systems (schema/systems), as imports and exports read them. */
import archi from '../../../../schema/systems/archi.json' with { type: 'json' };
import autodevhub from '../../../../schema/systems/autodevhub.json' with { type: 'json' };
import gemini from '../../../../schema/systems/gemini_ea.json' with { type: 'json' };
import socrates from '../../../../schema/systems/socrates.json' with { type: 'json' };
import softarchitect from '../../../../schema/systems/softarchitect.json' with { type: 'json' };
import type { ImportSystem, SeedSystem } from '../types.js';

/** Assistants whose chats come in. */
export type ChatSystem = 'chatgpt' | 'claude' | 'open_webui';

export type TransformName =
  | 'id'
  | 'text'
  | 'fk'
  | 'ensure'
  | 'ts'
  | 'date'
  | 'json'
  | 'json_text'
  | 'arr'
  | 'bool'
  | 'int'
  | 'real'
  | 'e2'
  | 'interval'
  | 'lower'
  | 'map'
  | 'vec'
  | 'byok'
  | 'const'
  | 'key_hash'
  | 'version'
  | 'member'
  | 'members'
  | 'items'
  | 'extra'
  | 'fullText'
  | 'password_scheme'
  | 'joined'
  | 'first_line'
  | 'later';

/** What a transform may be told; which ones it reads is in schema/systems/README.md. */
export interface TransformArguments {
  table?: string;
  by?: string;
  exportAs?: string;
  provider?: string;
  value?: unknown;
  of?: string;
  json?: boolean;
  characters?: number;
  days?: number;
}

export interface MapColumn {
  name: string;
  otherNames?: string[];
  type: string;
  nullable: boolean;
  /** The target column; null for one that is not kept. */
  to: string | null;
  /** The target table, when it is not the table's own. */
  table?: string;
  transform: TransformName;
  arguments?: TransformArguments;
  values?: Record<string, string>;
  alsoAccepted?: Record<string, string>;
  /** The document lists the values and does not enforce them. */
  documentedOnly?: true;
  check?: string;
  autoincrement?: true;
  range?: [number, number];
  default?: string;
  whenAbsent?: { import: unknown; newRows: string };
}

/** A target column that no source column fills by itself. */
export interface MapDerived {
  table?: string;
  to: string;
  from: string | string[];
  transform: TransformName;
  arguments?: TransformArguments;
  values?: Record<string, string>;
  otherwise?: string;
}

export interface MapTable {
  name: string;
  otherNames?: string[];
  target: string;
  constants?: Record<string, string>;
  columns: MapColumn[];
  /** Columns that only real exports have. */
  further?: MapColumn[];
  derived?: MapDerived[];
  key?: string[];
  unique?: string[][];
  foreignKeys?: { columns: string[]; table: string; onDelete: string; target: string }[];
  indexes?: MapIndex[];
  fullText?: MapIndex[];
  triggers?: { name: string; event: string; body: string }[];
}

export interface MapIndex {
  name: string;
  columns: string[];
  kind: string;
  include?: string[];
}

/** Tables as the real application writes them, told from the document's by columns or members that only they have. */
export interface MapShape {
  name: string;
  detect: { table?: string; columns?: string[]; json?: string; members?: string[] };
  tables: MapTable[];
}

export interface MapCollection {
  name: string;
  documented: boolean;
  dims: number | null;
  metric: 'cosine' | 'ip' | 'l2';
  payload: Record<string, { type: string; to?: string }>;
  target: { collection: string; of?: string };
}

export interface SystemMap {
  system: ImportSystem;
  title: string;
  engine: string;
  timestamps: { zone: 'utc' | 'none'; form: 'iso' | 'sql' };
  tables: MapTable[];
  /** Tables that the document only names. */
  named: MapTable[];
  shapes: MapShape[];
  collections: MapCollection[];
}

// Their form is checked against map.schema.json when the project is checked.
export const MAPS = { archi, autodevhub, gemini_ea: gemini, socrates, softarchitect } as unknown as Record<
  SeedSystem,
  SystemMap
>;
