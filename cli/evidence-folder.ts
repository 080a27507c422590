import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Evidence } from '../pitlane/evidence/evidence.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The evidence could not be written. The message is one sentence for people. */
export class EvidenceWriteError extends Error {}

/** Folders of the same pod and second that are told apart by a number. */
const MOST_AT_A_TIME = 100;

/** Where evidence is kept unless `--to` says otherwise (XDG Base Directory Specification: state). */
export function evidenceBase(to: string | undefined, env: Environment): string {
  if (to !== undefined) return resolve(to);
  return join(env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state'), 'pitlane', 'evidence');
}

/**
 * Writes the files into a new folder under the base, for the owner's eyes only, and gives its path. Throws EvidenceWriteError.
 */
export function writeEvidence(evidence: Evidence, base: string): string {
  try {
    mkdirSync(base, { recursive: true, mode: 0o700 });
    const folder = newFolder(join(base, folderName(evidence)));
    for (const { name, text } of evidence.files) {
      const path = join(folder, ...name.split('/').map(safe));
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
    }
    return folder;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new EvidenceWriteError(
      `The evidence of ${evidence.pod.name} could not be written to ${base}: ${WHY[code] ?? message}.`,
    );
  }
}

const WHY: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left',
  ENOTDIR: 'a part of that path is a file',
  EEXIST: 'a file of that name is in the way',
};

/** `dockercoins-rng-5f69c6b7d8-b85tm-20261124T031209Z` */
function folderName({ service, pod, at }: Evidence): string {
  const time = new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');
  return safe(`${service.namespace}-${pod.name}-${time}`);
}

function newFolder(path: string): string {
  for (let number = 1; ; number += 1) {
    const folder = number === 1 ? path : `${path}-${number}`;
    try {
      mkdirSync(folder, { mode: 0o700 });
      return folder;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || number === MOST_AT_A_TIME) throw error;
    }
  }
}

/** Names come from the cluster: none leads out of its folder, or is hidden. */
function safe(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]/g, '_').replace(/^\.+/, '_') || '_';
}
