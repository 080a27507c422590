import { isNotFound, type KubeApi } from '../../client/kube-api.ts';
import { pause } from '../../client/pause.ts';
import type { Pod, PodCondition, PodStatus } from '../pod.ts';

export interface StatusWriterOptions {
  api: KubeApi;
  pod: Pod;
  /** The current status; `written` are the conditions of the last write. */
  build(written: readonly PodCondition[]): PodStatus;
  log(line: string): void;
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

  async #writeAll(): Promise<void> {
    const { build, signal, log } = this.#options;
    let retryMs = firstRetryMs;
    // Combines the changes of this turn.
    await undefined;
    while (this.#isStale && !signal.aborted) {
      this.#isStale = false;
      const status = build(this.#written);
      const text = JSON.stringify(status);
      if (text === this.#lastText) continue;
      try {
        await this.#patch(status);
        this.#lastText = text;
        this.#written = status.conditions ?? [];
        retryMs = firstRetryMs;
      } catch (error) {
        if (signal.aborted || isNotFound(error)) return;
        // Retries even when another pod has the name, until the DELETED event of this one.
        log(`${(error as Error).message}; retrying in ${retryMs} ms`);
        this.#isStale = true;
        if (!(await pause(retryMs, signal))) return;
        retryMs = Math.min(retryMs * 2, maxRetryMs);
      }
    }
  }

  /** The uid makes it fail for a new pod of the same name. */
  async #patch(status: PodStatus): Promise<void> {
    const conditions = status.conditions?.map((condition) => {
      const before = this.#written.find(({ type }) => type === condition.type);
      // Conditions are merged by type, so an earlier reason or message must be removed.
      const removed = {
        ...(before?.reason !== undefined && condition.reason === undefined ? { reason: null } : {}),
        ...(before?.message !== undefined && condition.message === undefined ? { message: null } : {}),
      };
      return { ...condition, ...removed };
    });
    const { uid } = this.#options.pod.metadata;
    await this.#options.api.patch(`${this.#path}/status`, { metadata: { uid }, status: { ...status, conditions } });
  }

  /** Tells the API server that the deleted pod has ended. */
  async deletePod(): Promise<void> {
    const { api, pod, signal, log } = this.#options;
    const preconditions = { uid: pod.metadata.uid };
    for (let retryMs = firstRetryMs; !signal.aborted; retryMs = Math.min(retryMs * 2, maxRetryMs)) {
      try {
        await api.delete(this.#path, { gracePeriodSeconds: 0, preconditions });
        return;
      } catch (error) {
        if (signal.aborted || isNotFound(error)) return;
        log(`${(error as Error).message}; retrying in ${retryMs} ms`);
        await pause(retryMs, signal);
      }
    }
  }
}
