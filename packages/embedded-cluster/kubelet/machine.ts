import type { Apps } from './apps/app.ts';
import type { EventRecorder } from './events.ts';

/** The settings that all pods of a kubelet share. */
export interface Machine {
  apps: Apps;
  /** Milliseconds since the epoch. */
  now(): number;
  seed: number;
  /** The time from bound to running, by image. */
  startMs(image: string): number;
  /** The time from running to ready. */
  readyDelayMs: number;
  /** How long an app accepts connections after SIGTERM, until proxies see the change of the endpoints. */
  lingerMs: number;
  /** False: apps do not run, and pods only report that they do. */
  hasServers: boolean;
  events: EventRecorder;
}
