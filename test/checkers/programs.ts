import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fingerprint } from '../control-plane/build.ts';
import { findGo, goEnv } from '../control-plane/go.ts';
import { ensurePython } from '../python.ts';
import { cacheRoot, ensureTool, type Log, runStep } from '../tool-cache.ts';

/** Installs the checkers. Each function returns the program, or undefined: skip. */

/** A Python that has checkov and Slack's SDK. */
export function checkersPython(name: string): Promise<string | undefined> {
  const requirements = join(import.meta.dirname, 'requirements.txt');
  return installed(name, (log) => ensurePython({ main: 'checkov', requirements, megabytes: 290 }, log));
}

/** The program in eks-token/. */
export function tokenVerifier(): Promise<string | undefined> {
  const sources = join(import.meta.dirname, 'eks-token');
  return installed('aws-iam-authenticator', async (log) => {
    const dir = join(cacheRoot(), 'eks-token', await fingerprint(sources));
    const build = async (folder: string) => {
      await findGo(sources);
      log('building the verifier of aws-iam-authenticator: a minute the first time on a machine');
      const flags = ['build', '-trimpath', '-buildvcs=false', '-o', join(folder, 'verify'), '.'];
      await runStep('go', flags, { cwd: sources, env: goEnv() });
    };
    return ensureTool({ dir, program: 'verify', build }, log);
  });
}

/** Where Node's headers may be, which node-gyp would download otherwise: beside Node, or in the npm package of the platform. */
const NODE = join(dirname(process.execPath), '..');
const HEADERS = [NODE, join(NODE, `node_modules/node-${process.platform}-${process.arch}`)];
/** What builds the native part of AWS' client: curl, aws-lambda-cpp and a module for Node. */
const BUILDERS = ['cmake', 'make', 'c++', 'python3', 'xz'];

/** The file of AWS' own client of Lambda's runtime API, which runs the handlers in Lambda. */
export function runtimeClient(): Promise<string | undefined> {
  const sources = join(import.meta.dirname, 'lambda-runtime');
  return installed("AWS' Lambda runtime client", async (log) => {
    const dir = join(cacheRoot(), 'lambda-runtime', await fingerprint(sources, [process.version]));
    const build = async (folder: string) => {
      const headers = HEADERS.find((place) => existsSync(join(place, 'include/node/node_api.h')));
      if (headers === undefined) throw new Error(`No headers of Node in ${NODE}.`);
      for (const command of BUILDERS) {
        await runStep(command, ['--version']).catch((cause: unknown) => {
          throw new Error(`No ${command} on PATH. Needed: ${BUILDERS.join(', ')}.`, { cause });
        });
      }
      log("building AWS' Lambda runtime client: a minute the first time on a machine");
      for (const name of ['package.json', 'package-lock.json']) await copyFile(join(sources, name), join(folder, name));
      // `npm run` tells its scripts, and thus this npm, where its own package is.
      const { npm_config_local_prefix: _, ...env } = process.env;
      await runStep('npm', ['ci', '--no-audit', '--no-fund', `--nodedir=${headers}`], { cwd: folder, env });
    };
    return ensureTool({ dir, program: 'node_modules/aws-lambda-ric/index.mjs', build }, log);
  });
}

/** What `install` returns. Undefined if the machine can't: the reason is printed, and the tests are skipped and counted. */
export async function installed<T>(name: string, install: (log: Log) => Promise<T>): Promise<T | undefined> {
  const log: Log = (line) => console.log(line);
  try {
    return await install(log);
  } catch (error) {
    log(`SKIPPED ${name}: ${(error as Error).message}`);
    return undefined;
  }
}
