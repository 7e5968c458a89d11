/** The package in browsers. Importing it does nothing and touches no global, so that it can be rendered on a server. */
import { adoptWorker, startBrowserWorker } from './client/browser-endpoint.js';
import { checkName, openWith, type Host } from './client/open.js';
import { deleteOpfsWorkspace, listOpfsWorkspaces } from './storage/opfs-directory.js';
import type { OpenOptions, Workspace, WorkspaceSummary } from './types.js';

const host: Host = {
  defaultStorage: 'opfs',
  base: () => (typeof document === 'undefined' ? location.href : document.baseURI),
  start({ worker }, { storage }) {
    const holdsFiles = storage === 'opfs';
    return worker === undefined ? startBrowserWorker(holdsFiles) : adoptWorker(worker, holdsFiles);
  },
};

/** Opens a workspace, creating it on first use. One workspace = one SQLite database + its vector indexes. */
export async function openWorkspace(options: string | OpenOptions): Promise<Workspace> {
  return openWith(host, options);
}

/** The workspaces of this origin, by name. */
export async function listWorkspaces(): Promise<WorkspaceSummary[]> {
  return listOpfsWorkspaces();
}

/** Deletes a workspace and every trace of it. Rejects with BUSY while any tab has it open, NOT_FOUND when there is none. */
export async function deleteWorkspace(name: string): Promise<void> {
  await deleteOpfsWorkspace(checkName(name));
}

export * from './exports.js';
