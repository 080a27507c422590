/**
 * Labels, annotations or a selector. Any map of strings is one, but only a key with `/` or `-` may be looked up in it: other
 * keys of Kubernetes, such as `constructor`, are also names that every object inherits. `valueIn` looks any key up.
 */
export type Labels = Lookup | (Lookup & Readonly<Record<string, string>>);

type Lookup = { readonly [key: `${string}/${string}` | `${string}-${string}`]: string };

/** The value of any key that Kubernetes may have; undefined: there is none. */
export function valueIn(labels: Labels | undefined, key: string): string | undefined {
  return labels !== undefined && Object.hasOwn(labels, key)
    ? (labels as Readonly<Record<string, string>>)[key]
    : undefined;
}

/** The labels with these keys, as far as there are any. */
export function onlyKeys(labels: Labels, keys: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => keys.includes(key)));
}

export function withoutKeys(labels: Labels | undefined, keys: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(labels ?? {}).filter(([key]) => !keys.includes(key)));
}

/** They have all of the wanted labels. */
export function hasLabels(labels: Labels | undefined, wanted: Labels): boolean {
  return Object.keys(lacking(labels, wanted)).length === 0;
}

/** The wanted labels that are missing or have another value. */
export function lacking(labels: Labels | undefined, wanted: Labels): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(wanted).filter(([key, value]) => valueIn(labels, key) !== value));
}
