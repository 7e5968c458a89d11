/** What a person says about a search: that a hit is a right answer, or that the search is worth keeping. The quality page lists both. */
import { effect, signal } from '@preact/signals';
import { requireWorkspace, workspace } from '../../workspace';
import { inform, report } from '../notices/state';
import { optionsFor, paths, results, type Hit } from './state';
import { SEARCH } from './strings';

/** The judged query of the question in view; null: there is none. */
const judged = signal<{ id: string; question: string; sources: readonly string[] } | null>(null);
/** A click is being written. */
export const judging = signal(false);

/** What a hit's document is called among right answers: its path, which stays when it is brought in again. */
function sourceOf(hit: Hit): string | null {
  return paths.value.get(hit.documentId ?? '') ?? hit.documentId ?? null;
}

const same = (a: string, b: string) => a.trim().toLowerCase() === b.trim().toLowerCase();

/** Whether the hit's document is a right answer to the question; null: only documents can be. */
export function isRight(hit: Hit): boolean | null {
  const source = hit.kind === 'documents' ? sourceOf(hit) : null;
  if (source === null) return null;
  return judged.value?.sources.some((one) => same(one, source)) ?? false;
}

/** Reads it; it is in view as long as its question is. */
async function learn(question: string): Promise<NonNullable<typeof judged.value> | null> {
  const [row] = await requireWorkspace()
    .table('stored_searches')
    .find({ where: { kind: 'judged', user_id: null, question }, limit: 1 });
  const sources = Array.isArray(row?.sources) ? row.sources.filter((one) => typeof one === 'string') : [];
  const found = row ? { id: row.id, question, sources } : null;
  if (results.peek()?.query === question) judged.value = found;
  return found;
}

effect(() => {
  const question = results.value?.query;
  if (judged.peek()?.question !== question) judged.value = null;
  if (question !== undefined && workspace.value) learn(question).catch(report);
});

/** Says that the hit's document is a right answer, or takes that back; a question without right answers is judged no more. */
export async function toggleRight(hit: Hit): Promise<void> {
  const question = results.peek()?.query;
  const source = sourceOf(hit);
  if (question === undefined || source === null || judging.peek()) return;
  judging.value = true;
  try {
    const open = requireWorkspace();
    const { addJudgedQueries, editJudgedQuery, removeJudgedQuery } = await import('archivolt/evaluation');
    const now = await learn(question);
    const others = now?.sources.filter((one) => !same(one, source)) ?? [];
    if (!now) await addJudgedQueries(open, [{ question, sources: [source] }]);
    else if (others.length === now.sources.length)
      await editJudgedQuery(open, now.id, { sources: [...now.sources, source] });
    else if (others.length > 0) await editJudgedQuery(open, now.id, { sources: others });
    else await removeJudgedQuery(open, now.id);
    await learn(question);
  } catch (error) {
    report(error);
  } finally {
    judging.value = false;
  }
}

/** Keeps the search in view, as it is found at this moment. */
export async function keepSearch(): Promise<void> {
  const present = results.peek();
  if (!present || judging.peek()) return;
  judging.value = true;
  try {
    const { storeSearch } = await import('archivolt/evaluation');
    await storeSearch(requireWorkspace(), present.query, optionsFor(0, new AbortController().signal));
    inform(SEARCH.kept);
  } catch (error) {
    report(error);
  } finally {
    judging.value = false;
  }
}
