import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** From requirements.txt: networkx requires it. */
const needed = { major: 3, minor: 11 };

const advice = `The AWS emulator needs Python ${needed.major}.${needed.minor} or newer with its module venv (on Debian and Ubuntu: apt-get install python3-venv).`;

interface Python {
  readonly command: string;
  /** The version and where it is installed. */
  readonly build: string;
}

/** Returns the Python command. Throws an error with advice if it is missing, too old or without venv. */
export async function findPython(command = 'python3'): Promise<Python> {
  // ensurepip is what Debian packages as python3-venv.
  const asks = 'import sys, venv, ensurepip; print(*sys.version_info[:3], sys.base_prefix)';
  let output: string;
  try {
    output = (await run(command, ['-c', asks])).stdout.trim();
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Error(`${isMissing ? `No \`${command}\` on PATH.` : `\`${command}\` has no venv.`} ${advice}`, { cause });
  }
  const [major = 0, minor = 0] = output.split(' ').map(Number);
  if (major !== needed.major || minor < needed.minor) throw new Error(`Found Python ${major}.${minor}. ${advice}`);
  return { command, build: output };
}
