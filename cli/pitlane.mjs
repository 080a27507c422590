#!/usr/bin/env node
// Plain JavaScript that any Node understands: runs cli/main.ts, which needs Node 24, with the Node of the npm package
// `node` where the one that started this is older.
import { spawn } from 'node:child_process';
import module, { createRequire } from 'node:module';
import { constants } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST = 24;
// kubectl runs a plugin by its name: `kubectl pitlane` is the file kubectl-pitlane.
process.env.PITLANE_PROGRAM ??= basename(process.argv[1] ?? '').startsWith('kubectl-') ? 'kubectl pitlane' : 'pitlane';

if (Number(process.versions.node.split('.')[0]) >= OLDEST) {
  // Compiled code is kept between runs: this halves the time to the first word.
  module.enableCompileCache();
  await import('../pitlane/cluster/lean-client.ts');
  await import('./main.ts');
} else {
  runWith(newerNode());
}

function newerNode() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin', 'node');
  } catch {
    process.stderr.write(
      `pitlane needs Node ${OLDEST} or newer, this is ${process.version}: run npm install in its folder.\n`,
    );
    process.exit(1);
  }
}

/** @param {string} node */
function runWith(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  // A signal to this process is meant for the one that does the work; Ctrl-C reaches both, which main.ts expects.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`pitlane could not start ${node}: ${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
