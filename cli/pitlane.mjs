#!/usr/bin/env node
// Plain JavaScript for any version of Node. Runs cli/main.ts, which needs Node 24: if this Node is older, with the one
// from the npm package `node`.
import { spawn } from 'node:child_process';
import module, { createRequire } from 'node:module';
import { constants } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MIN_NODE_VERSION = 24;
// kubectl runs the file kubectl-pitlane for `kubectl pitlane`.
process.env.PITLANE_PROGRAM ??= basename(process.argv[1] ?? '').startsWith('kubectl-') ? 'kubectl pitlane' : 'pitlane';

if (Number(process.versions.node.split('.')[0]) >= MIN_NODE_VERSION) {
  // Caching compiled code between runs halves the time to the first output.
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
      `Pitlane needs Node ${MIN_NODE_VERSION} or newer, but this is ${process.version}. Run npm install in its directory.\n`,
    );
    process.exit(1);
  }
}

/** @param {string} node */
function runWith(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  // Forward signals to the child. Ctrl-C reaches both processes, which main.ts expects.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`Can't start ${node}: ${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
