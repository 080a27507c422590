const factors: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** `250m` -> 0.25, `64Mi` -> 67108864, `1e3` -> 1000 (apimachinery, resource.Quantity); 0 for malformed text. */
export function quantity(written: string | number | undefined): number {
  const match = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([numkMGTPE]|[KMGTPE]i)?$/.exec(String(written ?? '0'));
  return match === null ? 0 : Number(match[1]) * (factors[match[2] ?? ''] ?? 1);
}

/** As Kubernetes writes a number: 1 -> `1`, 0.5 -> `500m`, 2000 -> `2k`. */
export function numberAsQuantity(value: number): string {
  if (!Number.isInteger(value)) {
    const millis = value * 1000;
    return `${Math.ceil(millis)}m`;
  }
  const suffixes = ['', 'k', 'M', 'G', 'T', 'P'];
  let index = 0;
  let rest = value;
  for (; rest !== 0 && rest % 1000 === 0 && index < suffixes.length - 1; index += 1) rest /= 1000;
  return `${rest}${suffixes[index]}`;
}
