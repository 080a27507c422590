/** Fields whose values each server chooses for itself. */
const chosen = new Set(['uid', 'resourceVersion', 'creationTimestamp', 'deletionTimestamp', 'continue', 'description']);

/** Parts of messages that differ between servers: Go structs, managed fields, and generated names and times. */
const printed: readonly [RegExp, string][] = [
  [/Invalid value: "\{.*\}": /s, 'Invalid value: "{patched}": '],
  [/(`spec\.terminationGracePeriodSeconds` \([^)]*\))\n.*/s, '$1\n(difference)'],
  [/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, '(uid)'],
  [/kube-api-access-[a-z0-9]{5}/g, 'kube-api-access-(name)'],
  [/\b10\.\d+\.\d+\.\d+\b/g, '(address)'],
  [/\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '(time)'],
];

function plain(text: string): string {
  return printed.reduce((changed, [pattern, replacement]) => changed.replace(pattern, replacement), text);
}

/** Replaces the parts of an answer in which two servers with the same behaviour may differ. */
export function normalise(value: unknown, key = ''): unknown {
  if (chosen.has(key) && value !== null) return '(chosen)';
  if (typeof value === 'string') return plain(value);
  if (key === 'causes' && Array.isArray(value)) return distinct(value.map((each) => normalise(each)));
  // Ages depend on how long the tests take.
  if (key === 'cells' && Array.isArray(value))
    return value.map((cell) => (/^\d+m?s$/.test(String(cell)) ? '(age)' : cell));
  if (Array.isArray(value)) return value.map((each) => normalise(each));
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([name]) => name !== 'managedFields');
  return Object.fromEntries(fields.map(([name, field]) => [name, normalise(field, name)]));
}

/** A real server validates metadata more than once and lists each mistake as often. */
function distinct(causes: unknown[]): unknown[] {
  return [...new Set(causes.map((cause) => JSON.stringify(cause)))].map((text) => JSON.parse(text));
}
