const decimal = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binary = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const factors = new Map([
  ...decimal.map((unit, at) => [unit, Number(`1e${3 * at - 9}`)] as const),
  ...binary.map((unit, at) => [unit, 1024 ** (at + 1)] as const),
]);

/** `250m` -> 0.25, `64Mi` -> 67108864, `1e3` -> 1000 (apimachinery, resource.Quantity); 0 for malformed text. */
export function quantity(written: string | number | undefined): number {
  const match = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([numkMGTPE]|[KMGTPE]i)?$/.exec(String(written ?? '0'));
  return match === null ? 0 : Number(match[1]) * (factors.get(match[2] ?? '') ?? 1);
}

/** In the first unit that leaves no fraction. */
function inUnit(units: readonly string[], amount: number): string {
  const unit = amount === 0 ? undefined : units.find((each) => amount % quantity(`1${each}`) === 0);
  return unit === undefined ? String(amount) : `${amount / quantity(`1${unit}`)}${unit}`;
}

/** As Kubernetes writes a number: 1 -> `1`, 0.5 -> `500m`, 2000 -> `2k`. */
export function numberAsQuantity(value: number): string {
  return Number.isInteger(value) ? inUnit(['P', 'T', 'G', 'M', 'k'], value) : `${Math.ceil(value * 1000)}m`;
}

/** A sum of quantities as Kubernetes prints it: `3`, `350m`, `192Mi`. */
export function quantityText(name: string, amount: number): string {
  if (name.endsWith('cpu')) {
    const millis = Math.round(amount * 1000);
    return millis % 1000 === 0 ? String(millis / 1000) : `${millis}m`;
  }
  return inUnit(/(memory|storage)$/.test(name) ? ['Gi', 'Mi', 'Ki'] : [], amount);
}
