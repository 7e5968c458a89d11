/** Files that a salvage has set aside: to be saved elsewhere, and removed. Nothing is shown while there are none. */
import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { formatBytes, formatWhen } from '../../format';
import { Dialog } from '../../shapes/dialog';
import { requireWorkspace } from '../../workspace';
import { working } from '../data/job';
import { madeFile, offer } from '../data/made-file';
import { MadeFileResult } from '../data/result';
import { Step } from '../data/step';
import { report } from '../notices/state';
import { refresh } from '../status/state';
import { SET_ASIDE } from './strings';
import './trouble.css';

type SetAsideFile = Awaited<ReturnType<ReturnType<typeof requireWorkspace>['setAside']['list']>>[number];

const files = signal<readonly SetAsideFile[]>([]);
const made = madeFile();

async function list(): Promise<void> {
  try {
    files.value = await requireWorkspace().setAside.list();
  } catch (error) {
    report(error);
  }
}

async function save(name: string): Promise<void> {
  try {
    offer(made, await requireWorkspace().setAside.read(name), name);
  } catch (error) {
    report(error);
  }
}

async function remove(name: string): Promise<void> {
  try {
    await requireWorkspace().setAside.remove(name);
  } catch (error) {
    report(error);
  }
  await Promise.all([list(), refresh()]);
}

export function SetAsideFiles() {
  const [removing, setRemoving] = useState<string | null>(null);
  useEffect(() => void list(), []);
  if (files.value.length === 0) return null;
  return (
    <Step title={SET_ASIDE.title}>
      <p class="step-note">{SET_ASIDE.sentence}</p>
      <ul class="set-aside">
        {files.value.map(({ name, bytes, createdAt }) => (
          <li key={name}>
            <span class="set-aside-text">
              <span class="set-aside-name">{name}</span>
              <span class="set-aside-fact">
                {SET_ASIDE.what(formatBytes(bytes), formatWhen(Date.parse(createdAt)))}
              </span>
            </span>
            <span class="set-aside-actions">
              <button
                class="button button-small"
                type="button"
                disabled={working.value}
                aria-label={`${SET_ASIDE.save} ${name}`}
                onClick={() => void save(name)}
              >
                {SET_ASIDE.save}
              </button>
              <button
                class="button button-warn button-small"
                type="button"
                disabled={working.value}
                aria-label={`${SET_ASIDE.remove} ${name}`}
                onClick={() => setRemoving(name)}
              >
                {SET_ASIDE.remove}
              </button>
            </span>
          </li>
        ))}
      </ul>
      <MadeFileResult made={made} section="storage" />
      <Dialog open={removing !== null} title={SET_ASIDE.removeTitle} onClose={() => setRemoving(null)}>
        <p>{removing !== null && SET_ASIDE.removeDetail(removing)}</p>
        <p class="dialog-actions">
          <button class="button" type="button" autofocus onClick={() => setRemoving(null)}>
            {SET_ASIDE.cancel}
          </button>
          <button
            class="button button-danger"
            type="button"
            onClick={() => {
              if (removing !== null) void remove(removing);
              setRemoving(null);
            }}
          >
            {SET_ASIDE.confirm}
          </button>
        </p>
      </Dialog>
    </Step>
  );
}
