/** Amounts by resource name: `cpu` in thousandths of a core, every other resource in its own unit. Absent: 0. */
export type Resources = Readonly<Record<string, number>>;

export function plus(a: Resources, b: Resources): Resources {
  return combined(a, b, (one, other) => one + other);
}

export function minus(a: Resources, b: Resources): Resources {
  return combined(a, b, (one, other) => one - other);
}

/** The larger amount of each resource. */
export function atLeast(a: Resources, b: Resources): Resources {
  return combined(a, b, Math.max);
}

export function isEqual(a: Resources, b: Resources): boolean {
  return Object.values(minus(a, b)).every((difference) => difference === 0);
}

/** The first resource, cpu and memory before others, of which less is free than wanted. An amount of 0 always fits. */
export function shortage(free: Resources, wanted: Resources): string | undefined {
  const names = Object.keys(wanted).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return names.find((name) => (wanted[name] ?? 0) > 0 && (wanted[name] ?? 0) > (free[name] ?? 0));
}

const FIRST = ['pods', 'cpu', 'memory', 'ephemeral-storage'];

function rank(name: string): number {
  const index = FIRST.indexOf(name);
  return index === -1 ? FIRST.length : index;
}

function combined(a: Resources, b: Resources, combine: (one: number, other: number) => number): Resources {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, combine(a[name] ?? 0, b[name] ?? 0)]));
}
