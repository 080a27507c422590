/** Why a request failed. */
export type Cause =
  /** The Service has no endpoint. */
  | 'noEndpoint'
  /** The endpoint refused the connection. */
  | 'refused'
  /** The connection broke before the answer was complete. */
  | 'cut'
  | 'timeout'
  /** The answer was a 5xx. */
  | 'serverError';

export interface Outcome {
  /** Undefined without an endpoint. */
  pod?: string;
  /** Undefined for a success. */
  cause?: Cause;
}

export interface TrafficStats {
  requests: number;
  failures: Record<Cause, number>;
  /** By pod name. */
  pods: Record<string, { requests: number; failures: number }>;
  readyEndpoints: number;
  /** The lowest number of ready endpoints so far. */
  lowestReadyEndpoints: number;
}

/** Counts the outcomes of requests in bounded memory. */
export class Tally {
  readonly #stats: TrafficStats = {
    requests: 0,
    failures: { noEndpoint: 0, refused: 0, cut: 0, timeout: 0, serverError: 0 },
    pods: {},
    readyEndpoints: 0,
    lowestReadyEndpoints: Number.POSITIVE_INFINITY,
  };

  record({ pod, cause }: Outcome): void {
    const { failures, pods } = this.#stats;
    this.#stats.requests += 1;
    if (cause !== undefined) failures[cause] += 1;
    if (pod === undefined) return;
    pods[pod] ??= { requests: 0, failures: 0 };
    pods[pod].requests += 1;
    if (cause !== undefined) pods[pod].failures += 1;
  }

  endpoints(readyCount: number): void {
    this.#stats.readyEndpoints = readyCount;
    this.#stats.lowestReadyEndpoints = Math.min(this.#stats.lowestReadyEndpoints, readyCount);
  }

  stats(): TrafficStats {
    const { readyEndpoints, lowestReadyEndpoints: lowest } = this.#stats;
    return structuredClone({ ...this.#stats, lowestReadyEndpoints: Math.min(lowest, readyEndpoints) });
  }
}
