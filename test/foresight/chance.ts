import { seededRandom } from '@pitlane/embedded-cluster/random';

/** Random choices, the same for the same seed. */
export class Chance {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    // The first numbers of neighbouring seeds are alike.
    for (let skipped = 0; skipped < 4; skipped += 1) this.#random();
  }

  /** From `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.#random() * (max - min + 1));
  }

  /** True with this probability. */
  maybe(share: number): boolean {
    return this.#random() < share;
  }

  one<T>(items: readonly [T, ...T[]]): T {
    return items[this.int(0, items.length - 1)] as T;
  }

  /** One of them, by weight. */
  weighted<T>(items: readonly (readonly [weight: number, item: T])[]): T {
    let left = this.#random() * items.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, item] of items) {
      left -= weight;
      if (left < 0) return item;
    }
    return (items[0] as readonly [number, T])[1];
  }

  /** Some of the items in their order, each with this probability. */
  some<T>(items: readonly T[], share: number): T[] {
    return items.filter(() => this.maybe(share));
  }
}
