import type { TrafficStats } from '../traffic/tally.ts';
import type { Point, Totals } from './entries.ts';

/** The traffic between two statistics. */
export function pointBetween(before: TrafficStats, after: TrafficStats, at: number): Point {
  const pods = Object.entries(after.pods).flatMap(([pod, { requests, failures }]) => {
    const was = before.pods[pod] ?? { requests: 0, failures: 0 };
    return requests === was.requests ? [] : [[pod, [requests - was.requests, failures - was.failures]] as const];
  });
  return {
    at,
    requests: after.requests - before.requests,
    failures: failed(after) - failed(before),
    pods: Object.fromEntries(pods),
  };
}

export function totalsOf(stats: TrafficStats): Totals {
  const { serverError } = stats.failures;
  return { requests: stats.requests, errors: serverError, lost: failed(stats) - serverError };
}

function failed({ failures }: TrafficStats): number {
  return Object.values(failures).reduce((sum, count) => sum + count, 0);
}
