import { useEffect, useState } from 'preact/hooks';
import type { Action, Answer, Entries } from '../entries.ts';

type Group = keyof Entries;
type Patch = readonly (readonly [key: string, value: unknown])[];

const groups = new Map<Group, ReadonlyMap<string, unknown>>();
const listeners = new Map<Group, Set<() => void>>();

/** Follows the server. A page that was disconnected connects again and gets everything. */
export function follow(onConnection: (isOpen: boolean) => void): void {
  const source = new EventSource('/live');
  source.addEventListener('all', ({ data }) => {
    const known = [...groups.keys()];
    groups.clear();
    apply(JSON.parse(data) as Patch, known);
    onConnection(true);
  });
  source.addEventListener('message', ({ data }) => apply(JSON.parse(data) as Patch));
  source.addEventListener('error', () => onConnection(false));
}

function apply(patch: Patch, also: readonly Group[] = []): void {
  const changed = new Map<Group, Map<string, unknown>>();
  for (const group of also) changed.set(group, new Map());
  for (const [key, value] of patch) {
    const slash = key.indexOf('/');
    const group = key.slice(0, slash) as Group;
    const entries = changed.get(group) ?? new Map(groups.get(group));
    if (value === null) entries.delete(key.slice(slash + 1));
    else entries.set(key.slice(slash + 1), value);
    changed.set(group, entries);
  }
  for (const [group, entries] of changed) groups.set(group, entries);
  for (const group of changed.keys()) for (const listener of listeners.get(group) ?? []) listener();
}

const NONE: ReadonlyMap<string, unknown> = new Map();

function current<G extends Group>(group: G): ReadonlyMap<string, Entries[G]> {
  return (groups.get(group) ?? NONE) as ReadonlyMap<string, Entries[G]>;
}

/** The entries of a group by name; renders again when one changes. */
export function useGroup<G extends Group>(group: G): ReadonlyMap<string, Entries[G]> {
  const [entries, setEntries] = useState(() => current(group));
  useEffect(() => {
    const listener = () => setEntries(current(group));
    const all = listeners.get(group) ?? new Set();
    listeners.set(group, all.add(listener));
    listener();
    return () => {
      all.delete(listener);
    };
  }, [group]);
  return entries;
}

/** The only entry of a group. */
export function usePage<G extends 'meta' | 'service' | 'totals' | 'faults'>(group: G): Entries[G] | undefined {
  return useGroup(group).get('page');
}

/** Has the server do something. */
export async function perform(action: Action): Promise<Answer> {
  try {
    const response = await fetch('/do', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(action),
    });
    return response.ok ? ((await response.json()) as Answer) : { refused: await response.text() };
  } catch {
    return { refused: 'The playground has ended. Start it again with npm start.' };
  }
}
