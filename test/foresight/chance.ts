import { seededRandom } from '@pitlane/embedded-cluster/random';

/** Choices that are the same again for the same seed. */
export class Chance {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    // Neighbouring seeds begin alike.
    for (let skipped = 0; skipped < 4; skipped += 1) this.#random();
  }

  /** From `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.#random() * (max - min + 1));
  }

  /** True in that share of the cases. */
  maybe(share: number): boolean {
    return this.#random() < share;
  }

  one<T>(items: readonly [T, ...T[]]): T {
    return items[this.int(0, items.length - 1)] as T;
  }

  /** Each with its weight. */
  weighted<T>(items: readonly (readonly [weight: number, item: T])[]): T {
    let left = this.#random() * items.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, item] of items) {
      left -= weight;
      if (left < 0) return item;
    }
    return (items[0] as readonly [number, T])[1];
  }

  /** Some of the items, each in that share of the cases, in their order. */
  some<T>(items: readonly T[], share: number): T[] {
    return items.filter(() => this.maybe(share));
  }
}
