import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Evidence } from '../pitlane/evidence/evidence.ts';
import { printableFile } from '../pitlane/text/printable.ts';
import type { Terminal } from './terminal.ts';

/** Evidence could not be written. The message is one sentence for people. */
export class EvidenceWriteError extends Error {}

/** The maximum of folders for the same pod and second. They differ by a number. */
const MAX_FOLDERS = 100;

/** The directory for evidence: `--to`, or the state directory of the XDG Base Directory Specification. */
export function evidenceBase(to: string | undefined, env: Terminal['env']): string {
  if (to !== undefined) return resolve(to);
  return join(env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state'), 'pitlane', 'evidence');
}

/** Writes the files into a new folder that only the owner can read, and returns its path. Throws EvidenceWriteError. */
export function writeEvidence(evidence: Evidence, base: string): string {
  try {
    mkdirSync(base, { recursive: true, mode: 0o700 });
    const folder = newFolder(join(base, folderName(evidence)));
    for (const { name, text } of evidence.files) {
      const path = join(folder, ...name.split('/').map(safeName));
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      writeFileSync(path, printableFile(name, text), { mode: 0o600, flag: 'wx' });
    }
    return folder;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new EvidenceWriteError(
      `Can't write the evidence of ${evidence.pod.name} to ${base}: ${WRITE_ERRORS[code] ?? message}.`,
    );
  }
}

const WRITE_ERRORS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EROFS: 'read-only file system',
  ENOSPC: 'no space left',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'a file with this name exists',
};

/** `dockercoins-rng-5f69c6b7d8-b85tm-20261124T031209Z` */
function folderName({ service, pod, at }: Evidence): string {
  const time = new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');
  return safeName(`${service.namespace}-${pod.name}-${time}`);
}

function newFolder(path: string): string {
  for (let number = 1; ; number += 1) {
    const folder = number === 1 ? path : `${path}-${number}`;
    try {
      mkdirSync(folder, { mode: 0o700 });
      return folder;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || number === MAX_FOLDERS) throw error;
    }
  }
}

/** Names come from the cluster, so they must not leave the folder or be hidden. */
function safeName(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]/g, '_').replace(/^\.+/, '_') || '_';
}
