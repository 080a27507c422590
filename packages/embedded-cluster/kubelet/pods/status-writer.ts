import { isNotFound } from '../../client/kube-api.ts';
import { pause } from '../../client/pause.ts';
import type { Machine } from '../kubelet.ts';
import type { Pod, PodCondition, PodStatus } from '../pod.ts';

export interface StatusWriterOptions {
  machine: Machine;
  pod: Pod;
  /** The current status; `written` are the conditions of the last write. */
  build(written: readonly PodCondition[]): PodStatus;
  /** Aborted when the pod no longer exists. */
  signal: AbortSignal;
}

const firstRetryMs = 200;
const maxRetryMs = 5_000;

/**
 * Writes a changed pod status and combines simultaneous changes, and those during a write, in one PATCH.
 */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #path: string;
  #written: readonly PodCondition[];
  #lastText = '';
  #isStale = false;
  #writing: Promise<void> | undefined;

  constructor(options: StatusWriterOptions) {
    this.#options = options;
    const { name, namespace } = options.pod.metadata;
    this.#path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    this.#written = options.pod.status?.conditions ?? [];
  }

  /** Schedules a write if the status has changed. */
  mark(): void {
    this.#isStale = true;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Resolves once the current status is written. */
  async flush(): Promise<void> {
    this.mark();
    await this.#writing;
  }

  /** Tells the API server that the deleted pod has ended. */
  async deletePod(): Promise<void> {
    const { machine, pod, signal } = this.#options;
    const preconditions = { uid: pod.metadata.uid };
    if (signal.aborted) return;
    await this.#retry(() => machine.api.delete(this.#path, { gracePeriodSeconds: 0, preconditions }));
  }

  async #writeAll(): Promise<void> {
    // Combines the changes of this turn.
    await undefined;
    while (this.#isStale && !this.#options.signal.aborted) if (!(await this.#retry(() => this.#write()))) return;
  }

  /** Returns false when the pod has gone. */
  async #retry(request: () => Promise<unknown>): Promise<boolean> {
    const { machine, signal } = this.#options;
    for (let retryMs = firstRetryMs; ; retryMs = Math.min(retryMs * 2, maxRetryMs)) {
      try {
        await request();
        return true;
      } catch (error) {
        if (signal.aborted || isNotFound(error)) return false;
        // Retries even when another pod has the name, until the DELETED event of this one.
        machine.log(`${(error as Error).message}; retrying in ${retryMs} ms`);
        if (!(await pause(retryMs, signal))) return false;
      }
    }
  }

  async #write(): Promise<void> {
    const { machine, pod, build } = this.#options;
    this.#isStale = false;
    const status = build(this.#written);
    const text = JSON.stringify(status);
    if (text === this.#lastText) return;
    const conditions = status.conditions?.map((condition) => {
      const before = this.#written.find(({ type }) => type === condition.type);
      // Conditions are merged by type, so an earlier reason or message must be removed.
      const removed = {
        ...(before?.reason !== undefined && condition.reason === undefined ? { reason: null } : {}),
        ...(before?.message !== undefined && condition.message === undefined ? { message: null } : {}),
      };
      return { ...condition, ...removed };
    });
    // The uid makes it fail for a new pod of the same name.
    const { uid } = pod.metadata;
    await machine.api.patch(`${this.#path}/status`, { metadata: { uid }, status: { ...status, conditions } });
    this.#lastText = text;
    this.#written = status.conditions ?? [];
  }
}
