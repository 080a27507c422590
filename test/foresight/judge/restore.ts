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
import { sentencesOnAutoscalers, sentencesOnSelectors } from './selectors.ts';

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
  const adopted = owner === undefined ? `nobody owns ${name}` : `${owner.kind} ${owner.name} owns ${name}`;
  // What is optional is waited for longer than the story is told.
  const isOver = isReady(pod) && !plan.effects.some((effect) => effect.endsWith(HELD_UP));
  return [
    ...(isOver ? [fact('outcome', 'done', story.outcome.kind)] : []),
    fact('survival', `${name} stays alive`, `${name} ${isAlive ? 'stays alive' : 'dies'}`),
    fact(
      'survival',
      promises('adopted') && record.owner
        ? `${record.owner.kind} ${record.owner.name} owns ${name}`
        : `nobody owns ${name}`,
      adopted,
    ),
    ...(promises('inRotation')
      ? [fact('traffic', `${name} is in rotation`, `${name} is ${isInRotation(after, pod) ? '' : 'not '}in rotation`)]
      : []),
    ...factsOnSurplus(story, record),
    ...(isOver ? [fact('labels', 'no mark is left', marksOn(story, back))] : []),
    fact('effects', withoutSurplus(plan.effects).join('\n'), expectedEffects(story, record, back ?? pod).join('\n')),
  ];
}

/** Who is foretold to go, and who has gone. */
function factsOnSurplus(story: Planned, record: DrainRecord): Fact[] {
  if (hasCode(story, 'RolloutUnderWay', 'NodeNotWanted')) return [];
  const { plan, before, pod } = story;
  const sentence = plan.effects.find((effect) => effect.includes(' takes it back and deletes '));
  if (sentence?.endsWith(HELD_UP)) return [];
  const dead = deaths(story);
  const says = (pods: readonly KubeObject[]): string =>
    pods.length === 0 ? 'nobody' : pods.map(nameOf).sort().join(' and ');
  if (sentence === undefined) return [fact('deaths', 'nobody dies', `${says(dead)} die${dead.length > 1 ? '' : 's'}`)];
  const named = before.objects.pods.filter(
    (other) => sentence.includes(`${nameOf(other)} `) || sentence.includes(`${nameOf(other)},`),
  );
  const candidates = named.filter((other) => uidOf(other) !== uidOf(pod) && isActive(other));
  const count = / (\d+) pods too many/.exec(sentence)?.[1] ?? '1';
  // Others may have waited for the room that a quota gives back.
  const born = births(story).filter((other) => ownerOf(other)?.uid === record.owner?.uid);
  const isCut = / more, | more: /.test(sentence);
  const isWithin = isCut || dead.every((other) => candidates.some((candidate) => uidOf(candidate) === uidOf(other)));
  const isRight = isWithin && dead.length === Number(count);
  return [
    fact('deaths', isRight ? says(dead) : `${count} of ${says(candidates)}`, says(dead)),
    ...factsOnPlaces(sentence, dead),
    ...(record.owner
      ? [fact('deaths', 'no pod is made', born.length === 0 ? 'no pod is made' : `${says(born)} is made`)]
      : []),
  ];
}

/** The node stands behind each name. */
function factsOnPlaces(sentence: string, dead: readonly KubeObject[]): Fact[] {
  return dead
    .filter((pod) => sentence.includes(nameOf(pod)))
    .map((pod) => {
      const place = pod.spec.nodeName ? `${nameOf(pod)} on ${pod.spec.nodeName}` : nameOf(pod);
      return fact('deaths', sentence.includes(place) ? place : sentence, place);
    });
}

function marksOn({ pod }: Story, back: KubeObject | undefined): string {
  if (back === undefined) return `${nameOf(pod)} is gone`;
  const keys = [...Object.keys(labelsOf(back)), ...Object.keys(annotationsOf(back))].filter((key) =>
    key.startsWith('pitlane.dev/'),
  );
  return keys.length === 0 ? 'no mark is left' : `${keys} is left`;
}

/** The end of a sentence on pods that go later. */
const HELD_UP = ', once its other pods are ready.';

function withoutSurplus(effects: readonly string[]): string[] {
  return effects.map((effect) => effect.replace(/ takes it back and deletes .*/, ' takes it back and deletes …'));
}

/** Every effect as it should read, but for who goes. */
function expectedEffects(story: Planned, record: DrainRecord, back: KubeObject): string[] {
  const { before, after, pod } = story;
  const name = nameOf(pod);
  const [was, is] = [labelsOf(pod), labelsOf(back)];
  const added = Object.keys(is)
    .filter((key) => was[key] === undefined && record.labels[key] === undefined)
    .map((key) => `${key}=${is[key]}`);
  return [
    saysListing(),
    saysOwner(),
    ...(added.length > 0 ? [`${added.join(' and ')} is added: ${SERVICE} asks for it, and the pod lacks it.`] : []),
    ...sentencesOnSelectors(before, pod, is),
    ...sentencesOnAutoscalers(before, record.owner, was, is),
  ];

  function saysListing(): string {
    if (isListed(after, SERVICE, uidOf(pod)))
      return `${SERVICE} lists ${name} again; data planes follow within moments.`;
    const service = after.objects.services.find((object) => nameOf(object) === SERVICE);
    return pod.spec.nodeName === undefined && service && serviceSelects(service, is)
      ? `${SERVICE} lists ${name} again once it has a node; data planes follow within moments.`
      : `${name} is not listed by ${SERVICE}.`;
  }

  function saysOwner(): string {
    if (ownerOf(back) === undefined) return `Nothing manages ${name} afterwards.`;
    const who = `${record.owner?.kind} ${record.owner?.name}`;
    if (ownerOf(pod) !== undefined) return `${who} owns it already.`;
    const isLater = story.plan.effects.some((effect) => effect.endsWith(HELD_UP));
    return `${who} takes it back and ${isLater || deaths(story).length > 0 ? 'deletes …' : 'has no pod too many then.'}`;
  }
}
