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
  #requests = 0;
  readonly #failures: Record<Cause, number> = { noEndpoint: 0, refused: 0, cut: 0, timeout: 0, serverError: 0 };
  readonly #pods = new Map<string, { requests: number; failures: number }>();
  #ready = 0;
  #lowestReady = Number.POSITIVE_INFINITY;

  record({ pod, cause }: Outcome): void {
    const hasFailed = cause !== undefined;
    this.#requests += 1;
    if (hasFailed) this.#failures[cause] += 1;
    if (pod !== undefined) {
      const ofPod = this.#pods.get(pod) ?? { requests: 0, failures: 0 };
      this.#pods.set(pod, {
        requests: ofPod.requests + 1,
        failures: ofPod.failures + (hasFailed ? 1 : 0),
      });
    }
  }

  endpoints(readyCount: number): void {
    this.#ready = readyCount;
    this.#lowestReady = Math.min(this.#lowestReady, readyCount);
  }

  stats(): TrafficStats {
    return {
      requests: this.#requests,
      failures: { ...this.#failures },
      pods: Object.fromEntries([...this.#pods].map(([name, counts]) => [name, { ...counts }])),
      readyEndpoints: this.#ready,
      lowestReadyEndpoints: Math.min(this.#lowestReady, this.#ready),
    };
  }
}
