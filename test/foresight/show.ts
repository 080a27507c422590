import { inspect } from 'node:util';
import type { KubeObject } from '@pitlane/embedded-cluster/api';
import { subjectText } from '../../pitlane/rotation/plan.ts';
import type { Act, Case, Made } from './case.ts';
import { type Fact, isTrue } from './judge/fact.ts';
import type { Played } from './play.ts';
import { isActive, isListed, isReady, labelsOf, nameOf, ownerOf, uidOf } from './scene.ts';

/** Shows the case, its commands and the wrong facts. */
export function showMiss(
  given: Case,
  misses: readonly { readonly story: Played; readonly facts: readonly Fact[] }[],
): string {
  return [
    `case ${given.index} of seed ${given.seed} (again: FORESIGHT_SEED=${given.seed} FORESIGHT_CASE=${given.index} npm run test:foresight)`,
    ...given.nodes.map(
      ({ name, capacity, taints }) =>
        `  node ${name} ${compact(capacity)}${taints ? ` taints ${compact(taints)}` : ''}`,
    ),
    ...given.objects.map((made) => `  ${showMade(made)}`),
    `  policy ${compact(given.policy)}`,
    ...(given.putsBack ? [`  a policy puts back ${compact(given.putsBack)}`] : []),
    ...given.before.map((act) => `  before: ${showAct(act)}`),
    ...(given.tour?.map((stop) => `  tour: ${compact(stop)}`) ?? [
      `  drain pod ${given.drain.pod}${given.drain.force ? ' --force' : ''}${given.drain.allServices ? ' --all-services' : ''}`,
      ...given.between.map((act) => `  between: ${showAct(act)}`),
    ]),
    ...misses.flatMap(({ story, facts }) => showStory(story, facts)),
  ].join('\n');
}

function showStory(story: Played, facts: readonly Fact[]): string[] {
  const { command, before, outcome, plan, force } = story;
  const about = plan?.operation.subject ?? ('operation' in outcome ? outcome.operation?.subject : undefined);
  const checks = plan?.checks ?? (outcome.kind === 'refusal' ? outcome.checks : []);
  return [
    `  > ${command} ${about === undefined ? '' : subjectText(about)}${force ? ' --force' : ''}: ${outcome.kind}${'message' in outcome ? ` (${outcome.message})` : ''}`,
    ...before.objects.pods.map((other) => `    pod ${showPod(other, isListed(before, 'web', uidOf(other)))}`),
    ...checks.map(({ level, code, message }) => `    ${level} ${code}: ${message}`),
    ...(plan?.effects ?? []).map(({ code, message }) => `    effect ${code}: ${message}`),
    ...facts
      .filter((each) => !isTrue(each))
      .flatMap(({ kind, predicted, actual }) => [
        `    ${kind}: predicted ${indented(predicted)}`,
        `      actual ${indented(actual)}`,
      ]),
  ];
}

function showPod(pod: KubeObject, listed: boolean): string {
  const owner = ownerOf(pod);
  const state = isActive(pod) ? (isReady(pod) ? 'ready' : `not ready (${pod.status?.phase})`) : 'leaving or ended';
  return `${nameOf(pod)} on ${pod.spec.nodeName ?? 'no node'}, ${state}, ${listed ? 'listed' : 'not listed'}, of ${owner ? `${owner.kind} ${owner.name}` : 'nothing'}, ${compact(labelsOf(pod))}, since ${pod.metadata.creationTimestamp}`;
}

function showMade({ resource, object }: Made): string {
  const { metadata, spec } = object;
  return `${resource} ${metadata.name} ${compact(metadata.labels ?? {})} ${compact(spec ?? {})}`;
}

function showAct({ act, ...rest }: Act): string {
  return `${act} ${compact(rest)}`;
}

function compact(value: unknown): string {
  return inspect(value, { depth: 12, breakLength: Number.POSITIVE_INFINITY, compact: 100 });
}

function indented(text: string): string {
  return text.replaceAll('\n', '\n        ');
}
