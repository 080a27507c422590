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
  /** When the request ended, in milliseconds since the epoch. */
  at: number;
  latencyMs: number;
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
  /** From the last 1000 answers; 0 before the first. */
  latencyMs: { median: number; p99: number; max: number };
  /** The share of failures in the last 5 seconds, 0 to 1. */
  recentFailureShare: number;
  readyEndpoints: number;
  /** The lowest number of ready endpoints so far. */
  lowestReadyEndpoints: number;
}

const windowMs = 5_000;
const keptLatencies = 1_000;

/** Counts the outcomes of requests in bounded memory. */
export class Tally {
  #requests = 0;
  readonly #failures: Record<Cause, number> = { noEndpoint: 0, refused: 0, cut: 0, timeout: 0, serverError: 0 };
  readonly #pods = new Map<string, { requests: number; failures: number }>();
  readonly #latencies: number[] = [];
  #window: { at: number; hasFailed: boolean }[] = [];
  #ready = 0;
  #lowestReady = Number.POSITIVE_INFINITY;

  record({ at, latencyMs, pod, cause }: Outcome): void {
    const hasFailed = cause !== undefined;
    // A ring buffer.
    if (!hasFailed) this.#latencies[(this.#requests - this.#failed()) % keptLatencies] = latencyMs;
    this.#requests += 1;
    if (hasFailed) this.#failures[cause] += 1;
    if (pod !== undefined) {
      const ofPod = this.#pods.get(pod) ?? { requests: 0, failures: 0 };
      this.#pods.set(pod, {
        requests: ofPod.requests + 1,
        failures: ofPod.failures + (hasFailed ? 1 : 0),
      });
    }
    this.#window.push({ at, hasFailed });
    // Cut rarely: cutting copies the window.
    if (this.#window.length % 1_000 === 0) this.#window = this.#recent(at);
  }

  endpoints(readyCount: number): void {
    this.#ready = readyCount;
    this.#lowestReady = Math.min(this.#lowestReady, readyCount);
  }

  stats(now: number): TrafficStats {
    const recent = this.#recent(now);
    const sorted = [...this.#latencies].sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
    return {
      requests: this.#requests,
      failures: { ...this.#failures },
      pods: Object.fromEntries([...this.#pods].map(([name, counts]) => [name, { ...counts }])),
      latencyMs: { median: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0 },
      recentFailureShare: recent.length === 0 ? 0 : recent.filter(({ hasFailed }) => hasFailed).length / recent.length,
      readyEndpoints: this.#ready,
      lowestReadyEndpoints: Math.min(this.#lowestReady, this.#ready),
    };
  }

  #failed(): number {
    return Object.values(this.#failures).reduce((sum, count) => sum + count, 0);
  }

  #recent(now: number): { at: number; hasFailed: boolean }[] {
    return this.#window.filter(({ at }) => at > now - windowMs);
  }
}
