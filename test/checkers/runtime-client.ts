import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheRoot, ensureTool, type Log } from '../tool-cache.ts';
import { installed } from './checker.ts';

const run = promisify(execFile);

/** What builds the native part of the client: curl, aws-lambda-cpp and a module for Node. */
const BUILDERS = ['cmake', 'make', 'c++', 'python3', 'xz'];
const FILES = ['package.json', 'package-lock.json'];
const SOURCES = join(import.meta.dirname, 'lambda-runtime');
/** Where Node's headers may be, which node-gyp would download otherwise: beside Node, or in the npm package of the platform. */
const NODE = join(dirname(process.execPath), '..');
const HEADERS = [NODE, join(NODE, `node_modules/node-${process.platform}-${process.arch}`)];

/** AWS' own client of Lambda's runtime API, which runs the handlers in Lambda. Returns its file, or undefined: skip. */
export function runtimeClient(): Promise<string | undefined> {
  const headers = HEADERS.find((folder) => existsSync(join(folder, 'include/node/node_api.h')));
  return installed({
    name: "AWS' Lambda runtime client",
    async needs() {
      for (const command of BUILDERS) {
        await run(command, ['--version']).catch((cause: unknown) => {
          throw new Error(`no ${command} on PATH`, { cause });
        });
      }
      if (headers === undefined) throw new Error(`no headers of Node in ${NODE}`);
    },
    async install(log) {
      const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${process.version}\n`);
      for (const name of FILES) hash.update(await readFile(join(SOURCES, name)));
      const dir = join(cacheRoot(), 'lambda-runtime', hash.digest('hex').slice(0, 16));
      const program = 'node_modules/aws-lambda-ric/index.mjs';
      return ensureTool({ dir, program, build: (folder) => build(folder, headers, log) }, log);
    },
  });
}

async function build(folder: string, headers: string | undefined, log: Log): Promise<void> {
  log("building AWS' Lambda runtime client: a minute the first time on a machine");
  for (const name of FILES) await copyFile(join(SOURCES, name), join(folder, name));
  // npm tells its scripts about the package that it runs them for.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  await run('npm', ['ci', '--no-audit', '--no-fund', `--nodedir=${headers}`], { cwd: folder, env, maxBuffer: 1 << 26 });
}
