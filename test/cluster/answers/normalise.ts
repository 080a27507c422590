/** Fields that are the server's own choice: two servers never agree on them. */
const chosen = new Set(['uid', 'resourceVersion', 'creationTimestamp', 'deletionTimestamp', 'continue', 'description']);

/** Whole messages in which a real server prints its own Go structs or the managed fields that only it keeps. */
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

/** The answer without what two servers of the same behaviour may differ in. */
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

/** A real server checks metadata more than once and lists each mistake as often. */
function distinct(causes: unknown[]): unknown[] {
  return [...new Set(causes.map((cause) => JSON.stringify(cause)))].map((text) => JSON.parse(text));
}
