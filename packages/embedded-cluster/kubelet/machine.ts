import type { Apps } from './apps/app.ts';
import type { BackOffLimits } from './containers/back-off.ts';
import type { EventRecorder } from './events.ts';

/** What all pods of one kubelet share. */
export interface Machine {
  apps: Apps;
  /** Milliseconds since the epoch. */
  now(): number;
  seed: number;
  /** From the moment that a pod is bound until its containers run, by image: pulling and creating. */
  startMs(image: string): number;
  /** From the start of an app until it is ready. */
  readyDelayMs: number;
  /** How long an app that was told to stop still accepts connections, while proxies take it off their lists. */
  lingerMs: number;
  backOff: BackOffLimits;
  /** Whether apps really run and serve; without, pods only say that they do. */
  hasServers: boolean;
  events: EventRecorder;
}
