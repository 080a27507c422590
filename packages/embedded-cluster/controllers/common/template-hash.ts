/** utilrand's alphabet: no vowels, so no words; nothing that reads as another character. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * The label value that tells pod templates apart, in the shape of controller_utils.go, ComputeHash: FNV-1a over 32 bits
 * in decimal, each digit replaced by a letter of the safe alphabet, so at most 10 characters. The hashed text is ours
 * (the real one prints the Go structs), so the same template has another hash on a real cluster.
 */
export function templateHash(template: object, collisionCount: number | undefined): string {
  let hash = 0x811c9dc5;
  const text = canonical(template) + (collisionCount === undefined ? '' : ` ${collisionCount}`);
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return [...hash.toString()].map((digit) => alphabet[digit.charCodeAt(0) % alphabet.length]).join('');
}

const templateHashLabel = 'pod-template-hash';

/** Equal but for the label that the Deployment controller itself adds (deployment_util.go, EqualIgnoreHash). */
export function isSameTemplate(one: object, other: object): boolean {
  return canonicalTemplate(one) === canonicalTemplate(other);
}

const canonicalTemplates = new WeakMap<object, string>();

/** Kept per template: stored objects are frozen, and a Deployment's templates are compared in every sync. */
function canonicalTemplate(template: object): string {
  let text = canonicalTemplates.get(template);
  if (text === undefined) {
    const { metadata, ...rest } = template as { metadata?: { labels?: Record<string, string> } };
    const { [templateHashLabel]: _, ...labels } = metadata?.labels ?? {};
    text = canonical({ ...rest, metadata: { ...metadata, labels } });
    canonicalTemplates.set(template, text);
  }
  return text;
}

/** JSON with sorted keys and without nulls and empty lists and maps, which Kubernetes takes for absent. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined && field !== null)
    .map(([key, field]) => [key, canonical(field)] as const)
    .filter(([, text]) => text !== '{}' && text !== '[]')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(',')}}`;
}
