import type { Effect, Facts } from '../../../pitlane/rotation/effect.ts';
import type { Check } from '../../../pitlane/rotation/plan.ts';

/** An effect as text, to compare. Facts that are judged elsewhere are left out. */
export function readEffect({ code, facts = {} }: Pick<Effect, 'code' | 'facts'>): string {
  const { victims, alike: _, notChecked = [], quotas: __, pods: ___, count, fits = [], ...rest } = facts;
  const shown = {
    ...rest,
    ...(code === 'StartsReplacement' && {
      fits: (fits as readonly string[]).toSorted(),
      isAffinityUnchecked: isAboutAffinity(notChecked),
    }),
    ...(code === 'MayEndPods' && { on: Object.keys(victims ?? {}).sort() }),
    ...(code === 'OwnerAdoptsIt' && { hasSurplus: count !== 0 }),
  };
  const named = code === 'MayEndPods' ? { on: shown.on } : shown;
  return `${code} ${JSON.stringify(Object.fromEntries(Object.entries(named).sort(([a], [b]) => (a < b ? -1 : 1))))}`;
}

function isAboutAffinity(notChecked: Facts[string]): boolean {
  return (notChecked as readonly string[]).some((each) => each.includes('affinity'));
}

type Named = Readonly<Record<string, readonly string[]>>;

export function factsIn(effects: readonly Effect[], code: string): Facts | undefined {
  const found = effects.find((each) => each.code === code);
  return found && (found.facts ?? {});
}

/** The pods that the scheduler may end for the replacement, by node, and those that may go in their place. */
export function victimsIn(effects: readonly Effect[]): { readonly victims: Named; readonly alike: Named } {
  const { victims = {}, alike = {} } = factsIn(effects, 'MayEndPods') ?? {};
  return { victims: victims as Named, alike: alike as Named };
}

/** The pods that the owner deletes when it takes one back. */
export interface Surplus {
  readonly count: number;
  /** Only once the other pods of the owner are ready. */
  readonly isLater: boolean;
  /** With their nodes. */
  readonly pods: ReadonlyMap<string, string | undefined>;
}

export function surplusIn(effects: readonly Effect[]): Surplus | undefined {
  const { count, isHeldUp, pods = {} } = factsIn(effects, 'OwnerAdoptsIt') ?? {};
  if (!count) return undefined;
  const named = Object.entries(pods as Named).map(([name, [node]]) => [name, node] as const);
  return { count: Number(count), isLater: isHeldUp === true, pods: new Map(named) };
}

/** The numbers of a check by these names, as text. */
export function numbersIn({ facts = {} }: Check, ...names: readonly string[]): string {
  return names.flatMap((name) => (facts[name] === undefined ? [] : String(facts[name]))).join();
}
