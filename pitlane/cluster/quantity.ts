import type { Resources } from '../rotation/snapshot.ts';

/** Suffixes of resource.Quantity (apimachinery, pkg/api/resource/suffix.go). */
const FACTORS: Readonly<Record<string, number>> = {
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

/** Parses a Kubernetes quantity: `250m` is 0.25, `64Mi` is 67108864. Absent or invalid: 0. */
export function parseQuantity(text: string | number | undefined): number {
  const match = /^([+-]?[0-9.]+(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(String(text ?? ''));
  const factor = FACTORS[match?.[2] ?? ''];
  const value = Number(match?.[1]) * (factor ?? Number.NaN);
  return Number.isFinite(value) ? value : 0;
}

export function resourcesOf(list: Readonly<Record<string, string | number>> | undefined): Resources {
  return { cpuMillis: Math.round(parseQuantity(list?.cpu) * 1000), memory: parseQuantity(list?.memory) };
}

export function addResources(a: Resources, b: Resources): Resources {
  return { cpuMillis: a.cpuMillis + b.cpuMillis, memory: a.memory + b.memory };
}
