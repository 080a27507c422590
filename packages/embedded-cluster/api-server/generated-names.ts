/** Kubernetes' alphabet for generated names: no vowels and no lookalikes (0/o, 1/l). */
const nameAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

export function randomName(prefix: string, random: () => number): string {
  let suffix = '';
  for (let i = 0; i < 5; i++) suffix += nameAlphabet[Math.floor(random() * nameAlphabet.length)];
  // Kubernetes shortens the prefix to fit 63 characters (names/generate.go).
  return prefix.slice(0, 58) + suffix;
}

/** A uid in the form of a version 4 UUID. */
export function randomUid(random: () => number): string {
  const hex = (digits: number) =>
    Math.floor(random() * 16 ** digits)
      .toString(16)
      .padStart(digits, '0');
  const variant = '89ab'[Math.floor(random() * 4)];
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${variant}${hex(3)}-${hex(6)}${hex(6)}`;
}
