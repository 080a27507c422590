const addressesPerRange = 253;
const ranges = 12;

/** The Node's spec.podCIDR. */
export function podRange(nodeIndex: number): string {
  return `10.244.${nodeIndex + 1}.0/24`;
}

/** The source address of the node's own requests (probes, proxy). */
export function nodeGateway(nodeIndex: number): string {
  return `10.244.${nodeIndex + 1}.1`;
}

/**
 * The pod addresses in use. A freed address is reused last: EndpointSlices lag, and a quick reuse would send one
 * pod's traffic to another.
 */
export class Addresses extends Set<string> {
  readonly #next = new Map<number, number>();

  /** Adds an unused one. */
  take(nodeIndex: number): string {
    const start = this.#next.get(nodeIndex) ?? 0;
    for (let tried = 0; tried < addressesPerRange * ranges; tried++) {
      // Use further ranges only while the first one is full.
      const turn = tried < addressesPerRange ? (start + tried) % addressesPerRange : tried;
      const address = addressOf(nodeIndex, turn);
      if (this.has(address)) continue;
      if (turn < addressesPerRange) this.#next.set(nodeIndex, turn + 1);
      this.add(address);
      return address;
    }
    throw new Error(`node ${nodeIndex + 1} has no pod address left: ${addressesPerRange * ranges} are in use`);
  }
}

/** 10.244.<node>.2 to .254, then 10.245.<node>.2 and so on: benches have more pods than a /24 has addresses. */
function addressOf(nodeIndex: number, turn: number): string {
  return `10.${244 + Math.floor(turn / addressesPerRange)}.${nodeIndex + 1}.${2 + (turn % addressesPerRange)}`;
}
