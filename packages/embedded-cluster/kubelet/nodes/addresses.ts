const perRange = 253;
const ranges = 12;

/** The range that is written into the Node's spec.podCIDR. */
export function podRange(nodeIndex: number): string {
  return `10.244.${nodeIndex + 1}.0/24`;
}

/** Where requests of the node itself (its probes, its proxy) come from. */
export function nodeGateway(nodeIndex: number): string {
  return `10.244.${nodeIndex + 1}.1`;
}

/**
 * Gives pods addresses that no other living pod has. A freed one is not given again before the others of its node had
 * their turn: slices and people lag, and a quick reuse would send traffic meant for one pod to another.
 */
export class Addresses {
  readonly #used = new Set<string>();
  readonly #next = new Map<number, number>();

  take(nodeIndex: number): string {
    const start = this.#next.get(nodeIndex) ?? 0;
    for (let tried = 0; tried < perRange * ranges; tried++) {
      // Beyond the first range only while all of that is in use.
      const turn = tried < perRange ? (start + tried) % perRange : tried;
      const address = addressOf(nodeIndex, turn);
      if (this.#used.has(address)) continue;
      if (turn < perRange) this.#next.set(nodeIndex, turn + 1);
      this.#used.add(address);
      return address;
    }
    throw new Error(`node ${nodeIndex + 1} has no pod address left: ${perRange * ranges} are in use`);
  }

  /** For a pod that had one before this kubelet started. */
  keep(address: string): void {
    this.#used.add(address);
  }

  free(address: string): void {
    this.#used.delete(address);
  }
}

/** 10.244.<node>.2 to .254, then 10.245.<node>.2 and so on: thousands of pods in list benches outgrow one /24. */
function addressOf(nodeIndex: number, turn: number): string {
  return `10.${244 + Math.floor(turn / perRange)}.${nodeIndex + 1}.${2 + (turn % perRange)}`;
}
