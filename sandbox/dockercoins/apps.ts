import type { Apps } from '@pitlane/embedded-cluster/kubelet/app';
import type { Caller } from '../traffic/call.ts';
import { hasher } from './hasher.ts';
import { redis } from './redis.ts';
import { rng } from './rng.ts';
import { Wallet } from './wallet.ts';
import { webui } from './webui.ts';
import { worker } from './worker.ts';

/**
 * The five programs of the DockerCoins training app. The worker calls the others through `caller`.
 */
export function dockerCoinsApps(caller: Caller): Apps {
  const wallet = new Wallet();
  return {
    'dockercoins/rng': rng,
    'dockercoins/hasher': hasher,
    'dockercoins/worker': worker(caller, wallet),
    'dockercoins/webui': webui(wallet),
    redis,
  };
}
