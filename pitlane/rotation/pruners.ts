import { list, pairs } from '../text/words.ts';
import { selectingIn } from './bystanders.ts';
import { type Effect, effect } from './effect.ts';
import { onlyKeys, valueIn } from './labels.ts';
import type { SPARING } from './marks.ts';
import { changed } from './patch.ts';
import { THE_POD } from './plan.ts';
import { matches, selectorOfLabelSelector } from './selector.ts';
import type { Bystanders, LabelSelector, Labels, Seen } from './snapshot.ts';

interface Pruner {
  readonly name: string;
  /** It takes an object without an owner that has one of these labels for one of its own. */
  readonly labels: readonly string[];
  /** Annotations that keep it from deleting the object; with `isList`, one of several values with commas. */
  readonly spared: readonly {
    readonly key: (typeof SPARING)[number];
    readonly value: string;
    readonly isList?: true;
  }[];
}

/**
 * Programs that delete what has their label and is not in their source:
 * - Argo CD where it tracks by labels (controller/cache/cache.go, `isRoot && appName != ""`). It does not prune with the
 *   sync option (sync_context.go, pruneObject), and with the compare option its application stays in sync (state.go).
 * - kapp (its docs, "Apply: resource deletion").
 */
const PRUNERS: readonly Pruner[] = [
  {
    name: 'Argo CD',
    labels: ['app.kubernetes.io/instance', 'argocd.argoproj.io/instance'],
    spared: [
      { key: 'argocd.argoproj.io/sync-options', value: 'Prune=false', isList: true },
      { key: 'argocd.argoproj.io/compare-options', value: 'IgnoreExtraneous', isList: true },
    ],
  },
  {
    name: 'kapp',
    labels: ['kapp.k14s.io/app'],
    spared: [{ key: 'kapp.k14s.io/delete-strategy', value: 'orphan' }],
  },
];

const TRACKING_LABELS = PRUNERS.flatMap(({ labels }) => labels);

/** The labels of the set by which such a program finds the pod. */
export function trackingIn(keys: readonly string[]): readonly string[] {
  return TRACKING_LABELS.filter((key) => keys.includes(key));
}

/**
 * The set with the tracking labels that nothing else selects by: neither Services, budgets and network policies, nor a
 * controller, which might adopt the pod without them. Without bystanders that is unknown, so none is added.
 */
export function withTracking(
  labels: Labels,
  set: readonly string[],
  bystanders: Seen<Bystanders>,
  adopters: readonly LabelSelector[],
): readonly string[] {
  if (bystanders.kind === 'notSeen') return set;
  const selectors = [
    ...selectingIn(bystanders).map(({ selector }) => selector),
    ...adopters.map(selectorOfLabelSelector),
  ];
  const isUnused = (key: string): boolean => {
    const before = changed(labels, Object.fromEntries(set.map((each) => [each, null])));
    const after = changed(before, { [key]: null });
    return selectors.every((selector) => matches(selector, before) === matches(selector, after));
  };
  const more = trackingIn(Object.keys(labels)).filter((key) => !set.includes(key) && isUnused(key));
  return [...set, ...more];
}

/** The annotations that spare a pod with these labels, added to what is there. */
export function sparingAnnotations(labels: Labels, annotations: Labels): Labels {
  const needed = PRUNERS.filter((pruner) => pruner.labels.some((key) => valueIn(labels, key) !== undefined));
  return Object.fromEntries(
    needed.flatMap(({ spared }) =>
      spared.map(({ key, value, isList }) => [key, isList ? joined(annotations[key], value) : value]),
    ),
  );
}

function joined(former: string | undefined, value: string): string {
  const values = (former ?? '').split(',').map((each) => each.trim());
  return [...new Set([...values.filter(Boolean), value])].join(',');
}

/** Why the pod loses such a label, or what spares it where it keeps the label. */
export function trackingEffects(labels: Labels, after: Labels): readonly Effect[] {
  return PRUNERS.flatMap(({ name, labels: keys, spared }) => {
    const tracking = keys.filter((key) => valueIn(labels, key) !== undefined);
    const kept = tracking.filter((key) => valueIn(after, key) !== undefined);
    if (tracking.length === 0) return [];
    if (kept.length === 0) {
      const text = `${THE_POD} loses ${list(shown(labels, tracking))}, so that ${name} does not delete it as one of its own.`;
      return effect('LosesTracking', text, { labels: shown(labels, tracking) });
    }
    const marks = list(spared.map(({ key, value }) => `${key}: ${value}`));
    const text = `${THE_POD} keeps ${list(shown(labels, kept))}, so ${name} may delete it as one of its own. It gets ${marks} against that.`;
    return effect('KeepsTracking', text, { labels: shown(labels, kept) });
  });
}

function shown(labels: Labels, keys: readonly string[]): readonly string[] {
  return pairs(onlyKeys(labels, keys));
}
