/**
 * A conversation's tree as its messages in the order in which they are read.
 *
 * The branch that the assistant shows is the conversation; the others (edited questions, answers made again) are alternatives.
 * No message is earlier than the one that it follows, so that reading by time gives each branch in its order: where the source
 * says nothing or the contrary, a message comes a microsecond after it. Trees come from files that anybody may have made: what
 * follows nothing that is there follows the node before it in the file, and a circle is cut.
 */
import type { SourceValue } from '../source.js';
import type { Talk, TalkMessage } from './talk.js';
import { microsOf } from './values.js';

export interface ThreadMessage {
  id: string;
  /** The message before it. */
  parent: string | null;
  message: TalkMessage;
  /** Microseconds since 1970; null where nothing in the conversation has a time. */
  createdAt: number | null;
  /** The source's own time, where it is another one. */
  sourceCreatedAt: SourceValue;
  /** Not of the branch that is shown. */
  alternative: boolean;
}

export interface Thread {
  messages: ThreadMessage[];
  /** Nodes that say nothing: beginnings of trees, placeholders. */
  empty: number;
}

interface Place {
  id: string;
  message: TalkMessage | null;
  /** Of the node before it; -1: none. */
  before: number;
  /** Of the message before it. */
  follows: number;
  createdAt: number | null;
  onPath: boolean;
}

export function threadOf(talk: Talk): Thread {
  const places = placesOf(talk);
  const byId = new Map(places.map(({ id }, index) => [id, index]));
  const order = downwards(places);
  setTimes(places, order, beginning(talk));
  const tip = (talk.current === null ? undefined : byId.get(talk.current)) ?? newestEnd(places);
  for (let at = tip; at >= 0; at = places[at]?.before ?? -1) {
    const place = places[at];
    if (place !== undefined) place.onPath = true;
  }
  const messages = order.flatMap((index): ThreadMessage[] => {
    const place = places[index];
    if (place?.message == null) return [];
    const { id, message, createdAt, follows, onPath } = place;
    const own = microsOf(message.createdAt);
    return [
      {
        id,
        message,
        createdAt,
        parent: places[follows]?.id ?? null,
        sourceCreatedAt: own !== null && own === createdAt ? null : message.createdAt,
        alternative: !onPath,
      },
    ];
  });
  // Times are equal only in different branches: the one that is shown comes first. Sorting keeps the order of the others.
  messages.sort(
    (one, other) =>
      (one.createdAt ?? 0) - (other.createdAt ?? 0) || Number(one.alternative) - Number(other.alternative),
  );
  return { messages, empty: places.length - messages.length };
}

function placesOf({ nodes }: Talk): Place[] {
  const byId = new Map<string, number>();
  const ids = nodes.map(({ id }, index) => {
    let own = id ?? `#${index + 1}`;
    // A second message of one id is kept beside the first.
    while (byId.has(own)) own += `#${index + 1}`;
    byId.set(own, index);
    return own;
  });
  const listedBy = new Map<string, number>();
  nodes.forEach(({ children }, index) => {
    for (const child of children) if (!listedBy.has(child)) listedBy.set(child, index);
  });
  return nodes.map(({ parent, message }, index) => {
    const id = ids[index] ?? '';
    const named = parent == null ? undefined : byId.get(parent);
    const before = named ?? listedBy.get(id) ?? (parent === null ? -1 : index - 1);
    return { id, message, before: before === index ? -1 : before, follows: -1, createdAt: null, onPath: false };
  });
}

/** Every node after the one before it; circles are cut. */
function downwards(places: Place[]): number[] {
  const order: number[] = [];
  const walkOf = new Int32Array(places.length);
  for (let start = 0; start < places.length; start++) {
    const trail: number[] = [];
    let at = start;
    while (at >= 0 && walkOf[at] === 0) {
      walkOf[at] = start + 1;
      trail.push(at);
      at = places[at]?.before ?? -1;
    }
    if (at >= 0 && walkOf[at] === start + 1) {
      const last = places[trail.at(-1) ?? at];
      if (last !== undefined) last.before = -1;
    }
    for (const index of trail.reverse()) order.push(index);
  }
  return order;
}

function setTimes(places: Place[], order: readonly number[], start: number | null): void {
  for (const index of order) {
    const place = places[index];
    if (place === undefined) continue;
    const before = places[place.before];
    place.follows = before === undefined ? -1 : before.message === null ? before.follows : place.before;
    const since = before?.createdAt ?? null;
    if (place.message === null) {
      place.createdAt = since;
      continue;
    }
    const own = microsOf(place.message.createdAt);
    if (since === null) place.createdAt = own ?? start;
    else place.createdAt = own !== null && own > since ? own : since + 1;
  }
}

/** The time of what has none: the conversation's, or the first that is told in it. */
function beginning({ createdAt, updatedAt, nodes }: Talk): number | null {
  const told = microsOf(createdAt);
  if (told !== null) return told;
  let first: number | null = null;
  for (const { message } of nodes) {
    const own = microsOf(message?.createdAt);
    if (own !== null && (first === null || own < first)) first = own;
  }
  return first ?? microsOf(updatedAt);
}

/** The end of the branch that was spoken last. */
function newestEnd(places: readonly Place[]): number {
  const isBefore = new Set(places.map(({ before }) => before));
  let newest = -1;
  places.forEach(({ createdAt }, index) => {
    if (isBefore.has(index)) return;
    if (newest < 0 || (createdAt ?? 0) >= (places[newest]?.createdAt ?? 0)) newest = index;
  });
  return newest;
}
