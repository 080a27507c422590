/** A data plane (a kube-proxy, a load balancer) may be 5 s behind the EndpointSlices. After this time all have followed. */
export const FOLLOWED_SECONDS = 6;

/** The seconds since a recorded time. Undefined: no time is recorded, or one that is not past. */
export function secondsSince(recorded: string | undefined, at: number): number | undefined {
  const seconds = (at - Date.parse(recorded ?? '')) / 1000;
  // Clocks of two processes may differ by a moment.
  return Number.isNaN(seconds) || seconds < -FOLLOWED_SECONDS ? undefined : Math.max(0, seconds);
}
