import type { KubeObject } from '@pitlane/embedded-cluster/api';
import { proofOf } from '../../../pitlane/rotation/plan.ts';
import { SERVICE } from '../case.ts';
import type { Story } from '../play.ts';
import {
  annotationsOf,
  find,
  isActive,
  isLeaving,
  isListed,
  isReady,
  labelsOf,
  nameOf,
  ownerOf,
  serviceSelects,
  uidOf,
} from '../scene.ts';
import { hasCode } from './checks.ts';
import { births, deaths } from './deaths.ts';
import { type Fact, fact } from './fact.ts';
import { isInRotation } from './numbers.ts';
import { readEffect, surplusIn } from './plan-facts.ts';
import { expectedAutoscalers, expectedSelectors } from './selectors.ts';

type Planned = Story & { readonly plan: NonNullable<Story['plan']> };

interface DrainRecord {
  readonly owner?: { readonly kind: string; readonly name: string; readonly uid: string };
  readonly labels: Readonly<Record<string, string>>;
}

/** A restore that was carried out. */
export function judgeRestore(story: Planned): Fact[] {
  const { after, pod, plan } = story;
  const name = nameOf(pod);
  const back = find(after, 'pods', uidOf(pod));
  const record = JSON.parse(annotationsOf(pod)['pitlane.dev/drain'] ?? '{}') as DrainRecord;
  const isAlive = back !== undefined && !isLeaving(back);
  const promises = (kind: string): boolean =>
    proofOf(plan).some(({ condition, isRequired }) => condition.kind === kind && isRequired);
  const owner = back && ownerOf(back);
  const adopted = owner === undefined ? `nothing owns ${name}` : `${owner.kind} ${owner.name} owns ${name}`;
  // The story ends before the time of optional milestones.
  const isOver = isReady(pod) && !surplusIn(plan.effects)?.isLater;
  return [
    ...(isOver ? [fact('outcome', 'done', story.outcome.kind)] : []),
    fact('survival', `${name} stays alive`, `${name} ${isAlive ? 'stays alive' : 'dies'}`),
    fact(
      'survival',
      promises('adopted') && record.owner
        ? `${record.owner.kind} ${record.owner.name} owns ${name}`
        : `nothing owns ${name}`,
      adopted,
    ),
    ...(promises('inRotation')
      ? [fact('traffic', `${name} is in rotation`, `${name} is ${isInRotation(after, pod) ? '' : 'not '}in rotation`)]
      : []),
    ...factsOnSurplus(story, record),
    ...(isOver ? [fact('labels', 'no mark is left', marksOn(story, back))] : []),
    fact('effects', plan.effects.map(readEffect).join('\n'), expectedEffects(story, record, back ?? pod).join('\n')),
  ];
}

/** The pods that should be deleted, and those that were. */
function factsOnSurplus(story: Planned, record: DrainRecord): Fact[] {
  if (hasCode(story, 'RolloutUnderWay', 'NodeNotWanted')) return [];
  const { plan, before, pod } = story;
  const surplus = surplusIn(plan.effects);
  if (surplus?.isLater) return [];
  const dead = deaths(story);
  const show = (pods: readonly KubeObject[]): string => pods.map(nameOf).sort().join();
  if (surplus === undefined) return [fact('deaths', '', show(dead))];
  const candidates = before.objects.pods.filter(
    (other) => surplus.pods.has(nameOf(other)) && uidOf(other) !== uidOf(pod) && isActive(other),
  );
  // Other pods may have waited for the quota.
  const born = births(story).filter((other) => ownerOf(other)?.name === record.owner?.name);
  const isWithin = dead.every((other) => candidates.some((candidate) => uidOf(candidate) === uidOf(other)));
  const isRight = isWithin && dead.length === surplus.count;
  return [
    fact('deaths', isRight ? show(dead) : `${surplus.count} of ${show(candidates)}`, show(dead)),
    ...dead
      .filter((other) => surplus.pods.has(nameOf(other)))
      .map((other) => fact('deaths', `${surplus.pods.get(nameOf(other))}`, `${other.spec.nodeName}`)),
    ...(record.owner ? [fact('deaths', 'no pod is created', `${show(born) || 'no pod'} is created`)] : []),
  ];
}

function marksOn({ pod }: Story, back: KubeObject | undefined): string {
  if (back === undefined) return `${nameOf(pod)} is gone`;
  const keys = [...Object.keys(labelsOf(back)), ...Object.keys(annotationsOf(back))].filter((key) =>
    key.startsWith('pitlane.dev/'),
  );
  return keys.length === 0 ? 'no mark is left' : `${keys} is left`;
}

/** The effects, computed from the cluster before and after, except which pods are deleted. */
function expectedEffects(story: Planned, record: DrainRecord, back: KubeObject): string[] {
  const { before, after, pod } = story;
  const [was, is] = [labelsOf(pod), labelsOf(back)];
  const added = Object.keys(is)
    .filter((key) => was[key] === undefined && record.labels[key] === undefined)
    .map((key) => `${key}=${is[key]}`);
  return [
    expectedListing(),
    expectedOwner(),
    ...(added.length > 0 ? [readEffect({ code: 'AddsLabels', facts: { labels: added } })] : []),
    ...expectedSelectors(before, pod, is),
    ...expectedAutoscalers(before, ownerOf(back) ?? record.owner, was, is),
  ];

  function expectedListing(): string {
    const [wasListed, isNowListed] = [before, after].map((scene) => isListed(scene, SERVICE, uidOf(pod)));
    if (wasListed && isNowListed) return readEffect({ code: 'StaysInEndpoints' });
    if (isNowListed) return readEffect({ code: 'ReturnsToEndpoints', facts: { isPlaced: true } });
    const service = after.objects.services.find((object) => nameOf(object) === SERVICE);
    return pod.spec.nodeName === undefined && service && serviceSelects(service, is)
      ? readEffect({ code: 'ReturnsToEndpoints', facts: { isPlaced: false } })
      : readEffect({ code: 'StaysOutOfEndpoints' });
  }

  function expectedOwner(): string {
    if (ownerOf(back) === undefined) return readEffect({ code: 'HasNoController' });
    const owner = `${record.owner?.kind} ${record.owner?.name}`;
    if (ownerOf(pod) !== undefined) return readEffect({ code: 'OwnerOwnsIt', facts: { owner } });
    const isHeldUp = surplusIn(story.plan.effects)?.isLater === true;
    const count = Number(isHeldUp || deaths(story).length > 0);
    return readEffect({ code: 'OwnerAdoptsIt', facts: { owner, isHeldUp, count } });
  }
}
