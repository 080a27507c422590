import type { KubeObject } from '@pitlane/embedded-cluster/api';
import type { Played, Story } from '../play.ts';
import { nameOf, type Scene, uidOf } from '../scene.ts';
import { LISTED } from '../world.ts';
import { factsOnNumbers } from './checks.ts';
import { type Fact, fact } from './fact.ts';
import { factsByHand, factsOnReasons } from './reasons.ts';

/** A refused command changes nothing, and its numbers are right. */
export function judgeRefusal(story: Story): Fact[] {
  return [
    fact('refusals', 'nothing is touched', touched(story)),
    ...factsOnNumbers(story),
    ...factsOnReasons(story),
    ...factsByHand(story),
  ];
}

export function touched({ before, after }: Played): string {
  const [was, is] = [standing(before), standing(after)];
  // New pods may come: controllers retry what failed before.
  const names = [...was].filter(([uid, { text }]) => is.get(uid)?.text !== text).map(([, { name }]) => name);
  return names.length === 0 ? 'nothing is touched' : `${names.join(', ')} changed`;
}

/** Everything but the status, which changes by itself. */
function standing({ objects }: Scene): Map<string, { name: string; text: string }> {
  const resources = LISTED.filter((resource) => resource !== 'nodes' && resource !== 'endpointslices');
  return new Map(
    resources.flatMap((resource) => objects[resource].map((object) => [uidOf(object), entry(object)] as const)),
  );
}

function entry(object: KubeObject): { name: string; text: string } {
  const { labels, annotations, ownerReferences, deletionTimestamp, finalizers } = object.metadata;
  const text = JSON.stringify([labels, annotations, ownerReferences, deletionTimestamp, finalizers, object.spec]);
  return { name: `${object.kind} ${nameOf(object)}`, text };
}
