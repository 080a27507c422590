/** RFC 3339 with whole seconds, as Kubernetes writes metav1.Time. */
export function timestamp(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** RFC 3339 with microseconds, as Kubernetes writes metav1.MicroTime. */
export function microTimestamp(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}

/** Milliseconds since the epoch; 0 (Go's zero time) for a missing timestamp. */
export function timeOf(written: string | null | undefined): number {
  return written ? Date.parse(written) : 0;
}
