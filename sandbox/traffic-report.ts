import { setTimeout } from 'node:timers/promises';
import type { TrafficStats } from './traffic/tally.ts';
import { Timeline } from './traffic/timeline.ts';
import type { Traffic } from './traffic/traffic.ts';

/** Enough to tell one bad pod of four from none. */
const SAMPLE = 100;
const MINUTE_MS = 60_000;

/** Reports on the traffic before and after changes. */
export class TrafficReport {
  readonly #traffic: Pick<Traffic, 'stats'>;
  /** Since the last change. */
  #past = new Timeline<TrafficStats>(MINUTE_MS);

  constructor(traffic: Pick<Traffic, 'stats'>) {
    this.#traffic = traffic;
    this.#record();
    setInterval(() => this.#record(), 1_000).unref();
  }

  /** Of the last minute, or of the time since the last change if that is shorter. */
  before(): string {
    const stats = this.#traffic.stats();
    return trafficOver(this.#past.at(performance.now() - MINUTE_MS) ?? stats, stats);
  }

  /** Of the next requests. The change is over: what was before it no longer counts. */
  async after(): Promise<string> {
    this.#past = new Timeline(MINUTE_MS);
    const start = this.#record();
    while (this.#traffic.stats().requests < start.requests + SAMPLE) await setTimeout(20);
    return trafficOver(start, this.#traffic.stats());
  }

  #record(): TrafficStats {
    const stats = this.#traffic.stats();
    this.#past.record(performance.now(), stats);
    return stats;
  }
}

/** The difference of two statistics: `12.0 % of 100 requests failed (12 on rng-…)`. */
function trafficOver(before: TrafficStats, after: TrafficStats): string {
  const requests = after.requests - before.requests;
  const failing = Object.entries(after.pods)
    .map(([pod, counts]) => ({ pod, failures: counts.failures - (before.pods[pod]?.failures ?? 0) }))
    .filter(({ failures }) => failures > 0)
    .sort((a, b) => b.failures - a.failures || (a.pod < b.pod ? -1 : 1));
  const elsewhere = after.failures.noEndpoint - before.failures.noEndpoint;
  const failures = failing.reduce((sum, each) => sum + each.failures, elsewhere);
  const share = requests === 0 ? 0 : (100 * failures) / requests;
  const where = failing.map(({ pod, failures: count }) => `${count} on ${pod}`);
  const nowhere = elsewhere > 0 ? [`${elsewhere} found no endpoint`] : [];
  const details = [...where, ...nowhere].join(', ');
  return `${share.toFixed(1)} % of ${requests} requests failed${details === '' ? '' : ` (${details})`}`;
}
