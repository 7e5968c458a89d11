/** What the exports of all assistants are read as: a conversation and the messages of its tree. */
import type { SourceValue } from '../source.js';
import type { JsonObject } from '../readers/vector-shapes.js';

/** A node of a conversation's tree. */
export interface TalkNode {
  /** Null where the source gives none. */
  id: string | null;
  /** The node before it; null: none, undefined: the source does not say. */
  parent: string | null | undefined;
  /** The nodes after it, where the source lists them. */
  children: readonly string[];
  /** Null for a node that only holds the tree together. */
  message: TalkMessage | null;
}

export interface TalkMessage {
  role: SourceValue;
  sender: SourceValue;
  /** To be read by people and found by search; never the only place of what is more than text. */
  content: string;
  isCode: boolean;
  model: SourceValue;
  /** The owner's, when he wrote it. */
  userId: string | null;
  createdAt: SourceValue;
  updatedAt: SourceValue;
  /** Kept from sight by the assistant itself. */
  hidden: boolean;
  /** The kind and the parts of what is more than a text. */
  contentType: SourceValue;
  parts: SourceValue;
  attachments: SourceValue;
  /** Members that have no place of their own. */
  extra: JsonObject;
}

export interface Talk {
  id: string | null;
  userId: string | null;
  title: SourceValue;
  createdAt: SourceValue;
  updatedAt: SourceValue;
  /** Undefined where the source does not know of it. */
  isArchived: SourceValue | undefined;
  extra: JsonObject;
  nodes: TalkNode[];
  /** The last node of the branch that is shown, where the source tells. */
  current: string | null;
}
