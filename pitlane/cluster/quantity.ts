import type { Resources } from '../rotation/resources.ts';

/** Suffixes of resource.Quantity (apimachinery, pkg/api/resource/suffix.go). */
const FACTORS: Readonly<Record<string, number>> = Object.fromEntries([
  ...['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'].map((suffix, index) => [suffix, Number(`1e${3 * index - 9}`)]),
  ...['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((suffix, index) => [suffix, 1024 ** (index + 1)]),
]);

/** Parses a Kubernetes quantity: `250m` is 0.25, `64Mi` is 67108864. Absent or invalid: 0. */
export function parseQuantity(text: string | number | undefined): number {
  const match = /^([+-]?[0-9.]+(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(String(text ?? ''));
  const factor = FACTORS[match?.[2] ?? ''];
  const value = Number(match?.[1]) * (factor ?? Number.NaN);
  return Number.isFinite(value) ? value : 0;
}

/** The amounts that the scheduler counts with, rounded up (resource.Quantity, MilliValue and Value). */
export function resourcesOf(list: Readonly<Record<string, string | number>> | undefined): Resources {
  return Object.fromEntries(Object.entries(list ?? {}).map(([name, written]) => [name, amountOf(name, written)]));
}

function amountOf(name: string, written: string | number): number {
  const amount = parseQuantity(written) * (name === 'cpu' ? 1000 : 1);
  // 1.1 * 1000 is 1100.0000000000002, which is not 1101.
  return Number.isInteger(amount) ? amount : Math.ceil(Number(amount.toPrecision(14)));
}
