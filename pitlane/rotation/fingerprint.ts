import type { Check, Write } from './plan.ts';

/**
 * What a confirmation confirms: check codes and levels, effects, and what the writes touch, without values that carry
 * times. 64-bit FNV-1a in hexadecimal; it guards against change, not against forgery.
 */
export function fingerprintOf(checks: readonly Check[], effects: readonly string[], writes: readonly Write[]): string {
  const found = checks.map(({ code, level, pod }) => (pod === undefined ? [code, level] : [code, level, pod]));
  const text = JSON.stringify([found, effects, writes.map(touched)]);
  let hash = 0xcbf29ce484222325n;
  for (let index = 0; index < text.length; index += 1) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(index))) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, '0');
}

function touched(write: Write): unknown {
  const { key, title, target } = write;
  return [key, title, target.uid, write.kind === 'patch' ? write.patch.map(({ op, path }) => [op, path]) : write.kind];
}
