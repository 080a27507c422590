import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheRoot, ensureTool, type Log, runStep } from './tool-cache.ts';

const run = promisify(execFile);

/** From aws/requirements.txt: networkx requires it. */
const needed = { major: 3, minor: 11 };

const advice = `This test needs Python ${needed.major}.${needed.minor} or newer with its module venv (on Debian and Ubuntu: apt-get install python3-venv).`;

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

interface Programs {
  /** The one whose version names the folder in the cache. */
  readonly main: string;
  /** The file with the exact versions of all packages. */
  readonly requirements: string;
  readonly megabytes: number;
}

/** Returns a Python that has the packages. The first call on a machine installs them from PyPI. */
export async function ensurePython({ main, requirements, megabytes }: Programs, log: Log): Promise<string> {
  const { command, build } = await findPython();
  const pinned = await readFile(requirements, 'utf8');
  const version = new RegExp(`^${main}==(.+)$`, 'm').exec(pinned)?.[1];
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n${build}\n${pinned}`).digest('hex');
  return ensureTool(
    {
      dir: join(cacheRoot(), main, `${version}-${hash.slice(0, 16)}`),
      program: 'bin/python',
      async build(folder) {
        log(
          `installing ${main} ${version} from PyPI (about ${megabytes} MB): half a minute the first time on a machine`,
        );
        await runStep(command, ['-m', 'venv', folder]);
        const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--quiet', '--requirement', requirements];
        await runStep(join(folder, 'bin/python'), pip);
      },
    },
    log,
  );
}
