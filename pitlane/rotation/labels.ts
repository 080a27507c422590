import type { Labels } from './snapshot.ts';

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
