import { pause } from '@pitlane/embedded-cluster/pause';
import type { TrafficStats } from './traffic/tally.ts';
import type { Traffic } from './traffic/traffic.ts';

/** Enough to tell one bad pod of four from none. */
const SAMPLE = 100;

/** The difference of two statistics: `12.0 % of 100 requests failed (12 on rng-…)`. */
export function trafficOver(before: TrafficStats, after: TrafficStats): string {
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

/** The report on the next requests. */
export async function nextRequests(traffic: Traffic, signal: AbortSignal): Promise<string> {
  const before = traffic.stats();
  while (traffic.stats().requests < before.requests + SAMPLE) {
    if (!(await pause(20, signal))) break;
  }
  return trafficOver(before, traffic.stats());
}
