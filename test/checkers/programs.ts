import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fingerprint } from '../control-plane/build.ts';
import { findGo, goEnv } from '../control-plane/go.ts';
import { ensurePython, findPython } from '../python.ts';
import { cacheRoot, ensureTool } from '../tool-cache.ts';
import { installed } from './checker.ts';

const run = promisify(execFile);

/** A Python that has checkov and Slack's SDK, or undefined: skip. */
export function checkersPython(name: string): Promise<string | undefined> {
  const requirements = join(import.meta.dirname, 'requirements.txt');
  const install = (log: (line: string) => void) => ensurePython({ main: 'checkov', requirements, megabytes: 290 }, log);
  return installed({ name, needs: findPython, install });
}

/** The program in eks-token/, or undefined: skip. */
export function tokenVerifier(): Promise<string | undefined> {
  const sources = join(import.meta.dirname, 'eks-token');
  return installed({
    name: 'aws-iam-authenticator',
    needs: () => findGo(sources),
    async install(log) {
      const dir = join(cacheRoot(), 'eks-token', await fingerprint(sources));
      const build = async (folder: string) => {
        log('building the verifier of aws-iam-authenticator: half a minute the first time on a machine');
        const flags = ['build', '-trimpath', '-buildvcs=false', '-o', join(folder, 'verify'), '.'];
        await run('go', flags, { cwd: sources, env: goEnv() });
      };
      return ensureTool({ dir, program: 'verify', build }, log);
    },
  });
}
