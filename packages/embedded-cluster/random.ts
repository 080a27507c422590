/** mulberry32: small, and the same on every machine, so that a seed always gives the same names and uids. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * A random stream for each topic, such as a name's prefix. Topics do not affect each other, so names stay the same
 * however controllers and requests interleave.
 */
export function seededStreams(seed: number): (topic: string) => () => number {
  const streams = new Map<string, () => number>();
  return (topic) => {
    const stream = streams.get(topic) ?? seededRandom(seed ^ hashOf(topic));
    streams.set(topic, stream);
    return stream;
  };
}

/** FNV-1a, 32 bit. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return hash >>> 0;
}
