/** The package in Node. Importing it does nothing. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startNodeWorker } from './client/node-endpoint.js';
import { filled } from './client/check.js';
import { checkName, openWith, type Host } from './client/open.js';
import { invalidArgument } from './errors.js';
import { randomId } from './protocol/hex.js';
import { deleteDirectoryWorkspace, listDirectoryWorkspaces, lockPath } from './storage/node-directory.js';
import { freeLock } from './storage/node-lock.js';
import type { OpenOptions, Workspace, WorkspaceSummary } from './types.js';

const host: Host = {
  defaultStorage: undefined,
  base: () => `${pathToFileURL(process.cwd()).href}/`,
  start: ({ worker }, { name, storage, lockToken }) => {
    if (worker !== undefined)
      throw invalidArgument('options.worker: only browsers take a ready worker.', { argument: 'options.worker' });
    // A thread that died could not free its lock, and its process is still alive.
    const lock = typeof storage === 'object' ? lockPath(resolve(storage.directory), name) : undefined;
    return startNodeWorker(() => {
      if (lock !== undefined) freeLock(lock, lockToken);
    });
  },
};

/** Opens a workspace, creating it on first use, in `<directory>/<name>/` or in memory. */
export async function openWorkspace(options: string | OpenOptions): Promise<Workspace> {
  return openWith(host, options);
}

/** The workspaces in a directory, by name; none when there is no such directory. */
export async function listWorkspaces(where: { directory: string }): Promise<WorkspaceSummary[]> {
  return listDirectoryWorkspaces(directoryOf(where));
}

/** Deletes a workspace and every trace of it. Rejects with BUSY while it is open anywhere, NOT_FOUND when there is none. */
export async function deleteWorkspace(name: string, where: { directory: string }): Promise<void> {
  deleteDirectoryWorkspace(directoryOf(where), checkName(name), randomId());
}

function directoryOf(where: { directory: string } | undefined): string {
  return resolve(filled('where.directory', where?.directory));
}

export * from './exports.js';
