import type { AppContext, CommandApp } from '@pitlane/embedded-cluster/kubelet/app';
import { pause } from '@pitlane/embedded-cluster/pause';
import type { Caller } from '../traffic/call.ts';
import type { Answer } from '../traffic/send.ts';
import type { Cause } from '../traffic/tally.ts';
import type { Wallet } from './wallet.ts';

const reportEveryMs = 1_000;
const restMs = 100;
const retryMs = 10_000;
const timeoutMs = 5_000;

/**
 * DockerCoins' worker: gets random bytes from rng, sends them to hasher and counts hashes that begin with 0 as coins.
 */
export function worker(caller: Caller, wallet: Wallet): CommandApp {
  return {
    kind: 'command',
    async run(context) {
      const { log, signal, now } = context;
      let done = 0;
      let reportAt = now();
      while (!signal.aborted) {
        if (now() >= reportAt) {
          log(`INFO:__main__:${done} units of work done, updating hash counter`);
          wallet.add(now(), done);
          done = 0;
          reportAt = now() + reportEveryMs;
        }
        const problem = await workOnce(context, caller, wallet);
        if (problem === undefined) {
          done += 1;
          await pause(restMs, signal);
        } else {
          log(`ERROR:__main__:In work loop:\n${problem}\nERROR:__main__:Waiting 10s and restarting.`);
          await pause(retryMs, signal);
        }
      }
      return 0;
    },
  };
}

/** Returns the error, or undefined when the work is done. As in the original, an answer with an error code is done. */
async function workOnce(context: AppContext, caller: Caller, wallet: Wallet): Promise<string | undefined> {
  const { namespace } = context.pod.metadata;
  const common = { from: context.podIp, timeoutMs };
  const bytes = await caller.call(namespace, 'rng', { ...common, path: '/32' });
  if (isConnectionError(bytes)) return connectionError('rng', '/32', bytes.cause);
  if (!('body' in bytes)) return undefined;
  const hash = await caller.call(namespace, 'hasher', { ...common, method: 'POST', path: '/', body: bytes.body });
  if (isConnectionError(hash)) return connectionError('hasher', '/', hash.cause);
  const hex = 'body' in hash ? hash.body.toString() : '';
  if (hex.startsWith('0')) {
    context.log(`INFO:__main__:Coin found: ${hex.slice(0, 8)}...`);
    wallet.addCoin();
  }
  return undefined;
}

function isConnectionError(answer: Answer): answer is { cause: Cause } {
  return 'cause' in answer && answer.cause !== 'serverError';
}

function connectionError(host: string, path: string, cause: Cause): string {
  const why = cause === 'timeout' ? 'timed out' : '[Errno 111] Connection refused';
  return `requests.exceptions.ConnectionError: HTTPConnectionPool(host='${host}', port=80): Max retries exceeded with url: ${path} (Caused by NewConnectionError: Failed to establish a new connection: ${why})`;
}
