const windowMs = 10_000;

/**
 * The coins and the count of hashes, which DockerCoins keeps in redis. Here the apps share them directly.
 */
export class Wallet {
  #hashes = 0;
  #coins = 0;
  #recent: { at: number; hashes: number }[] = [];

  add(at: number, hashes: number): void {
    this.#hashes += hashes;
    this.#recent.push({ at, hashes });
    this.#recent = this.#recent.filter((one) => one.at > at - windowMs);
  }

  addCoin(): void {
    this.#coins += 1;
  }

  get coins(): number {
    return this.#coins;
  }

  get hashes(): number {
    return this.#hashes;
  }

  /** The average of the last 10 seconds. */
  hashesPerSecond(now: number): number {
    const recent = this.#recent.filter(({ at }) => at > now - windowMs);
    return recent.reduce((sum, { hashes }) => sum + hashes, 0) / (windowMs / 1000);
  }
}
