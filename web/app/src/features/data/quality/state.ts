/** Questions with known answers, searches that are kept, and what became of asking them. */
import { effect, signal } from '@preact/signals';
import type { JudgedEvaluation, JudgedQuery, Replay, StoredJudgedQuery, StoredSearch } from 'archivolt/evaluation';
import {
  addJudgedQueries,
  editJudgedQuery,
  evaluateJudged,
  judgedQueries,
  keepEvaluation,
  keepReplay,
  passageRecall,
  readJudgedQueries,
  removeJudgedQuery,
  removeStoredSearch,
  replaySearch,
  storedSearches,
  writeJudgedQueries,
} from 'archivolt/evaluation';
import { requireWorkspace, workspace } from '../../../workspace';
import { inform, report } from '../../notices/state';
import { runJob, type Outcome } from '../job';
import { datedName, download } from '../save-file';
import { QUALITY } from './strings';

/** null while they are not known. */
export const questions = signal<readonly StoredJudgedQuery[] | null>(null);
export const searches = signal<readonly StoredSearch[] | null>(null);

/** Reads both lists now and whenever they change. Returns the function that ends it. */
export function follow(): () => void {
  return effect(() => {
    const open = workspace.value;
    if (!open) return undefined;
    return open.table('stored_searches').watch({ orderBy: 'id' }, () => void learn().catch(report), report);
  });
}

async function learn(): Promise<void> {
  const open = requireWorkspace();
  const [judged, kept] = await Promise.all([judgedQueries(open), storedSearches(open)]);
  questions.value = judged;
  searches.value = kept;
}

export const evaluation = signal<Outcome<JudgedEvaluation> | null>(null);
/** Whether the evaluation in view was kept. */
export const evaluationKept = signal(false);
export const broughtIn = signal<Outcome<{ added: number; changed: number; unchanged: number }> | null>(null);

export async function ask(): Promise<void> {
  broughtIn.value = null;
  evaluationKept.value = false;
  evaluation.value = await runJob('evaluate', 'quality', (signal, onProgress) =>
    evaluateJudged(requireWorkspace(), {
      signal,
      onProgress: (done, total) => onProgress({ phase: 'evaluate', done, total }),
    }),
  );
}

export async function keepAsked(): Promise<void> {
  const now = evaluation.peek();
  if (now?.state !== 'done') return;
  await told(async () => {
    const count = await keepEvaluation(requireWorkspace(), now.value);
    evaluationKept.value = true;
    inform(QUALITY.keptNow(count));
  });
}

export async function bringIn(file: File): Promise<void> {
  broughtIn.value = await runJob('check', 'quality', async (signal) =>
    addJudgedQueries(requireWorkspace(), readJudgedQueries(await file.text()), { signal }),
  );
}

export function saveQuestions(): void {
  const plain = (questions.peek() ?? []).map(
    ({ question, sources, answer, source_match_field: fields }): JudgedQuery => ({
      question,
      sources,
      ...(answer === undefined ? {} : { answer }),
      ...(fields === undefined ? {} : { source_match_field: fields }),
    }),
  );
  download(new Blob([writeJudgedQueries(plain)], { type: 'application/json' }), datedName('queries', 'json'));
}

/** The question that is being edited. */
export const editing = signal<StoredJudgedQuery | null>(null);

/** Whether it was saved; what it was refused for is a notice, and what was typed stays. */
export async function saveEdited(patch: Pick<JudgedQuery, 'question' | 'sources' | 'answer'>): Promise<void> {
  const now = editing.peek();
  if (!now) return;
  await told(async () => {
    await editJudgedQuery(requireWorkspace(), now.id, patch);
    editing.value = null;
  });
}

export function removeQuestion(id: string): Promise<void> {
  return told(async () => void (await removeJudgedQuery(requireWorkspace(), id)));
}

/** What a search that was run again found, or how that ended. */
export const replay = signal<{ id: string; outcome: Outcome<Replay> } | null>(null);

export async function runAgain(id: string): Promise<void> {
  const outcome = await runJob('replay', 'quality', (signal) => replaySearch(requireWorkspace(), id, { signal }));
  replay.value = outcome.state === 'cancelled' ? null : { id, outcome };
}

export async function keepReplayed(): Promise<void> {
  const now = replay.peek();
  if (now?.outcome.state !== 'done') return;
  const found = now.outcome.value;
  await told(async () => {
    await keepReplay(requireWorkspace(), found);
    replay.value = null;
  });
}

export function removeSearch(id: string): Promise<void> {
  if (replay.peek()?.id === id) replay.value = null;
  return told(async () => void (await removeStoredSearch(requireWorkspace(), id)));
}

export const recall = signal<Outcome<Awaited<ReturnType<typeof passageRecall>>> | null>(null);

export async function compareGraph(): Promise<void> {
  recall.value = await runJob('recall', 'quality', (signal, onProgress) =>
    passageRecall(requireWorkspace(), {
      signal,
      onProgress: (done, total) => onProgress({ phase: 'recall', done, total }),
    }),
  );
}

async function told(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    report(error);
  }
}

/** Another workspace, or none: what was in view is not of it. */
effect(() => {
  if (workspace.value) return;
  questions.value = searches.value = null;
  evaluation.value = broughtIn.value = replay.value = recall.value = editing.value = null;
});
