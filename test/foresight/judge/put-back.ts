import type { KubeObject } from '@pitlane/embedded-cluster/api';
import { type Labels, SERVICE } from '../case.ts';
import type { Story } from '../play.ts';
import { controllerOf, labelsOf, nameOf, ownerOf, selects, serviceSelects, specSelector, uidOf } from '../scene.ts';

const ADOPTING = ['replicasets', 'replicationcontrollers', 'daemonsets'] as const;

/** Every way of taking the pod out needs the label that the policy of the case puts back. */
export function isEveryWayPutBack(story: Story): boolean {
  const { pod, putsBack } = story;
  if (putsBack === undefined || labelsOf(pod)[putsBack.key] !== putsBack.value) return false;
  const others = Object.keys(labelsOf(pod)).filter((key) => key !== putsBack.key);
  return !subsets(others).some((keys) => takesOut(story, without(labelsOf(pod), keys)));
}

/** With these labels neither the service nor its owner selects the pod, and nothing else adopts it. */
function takesOut({ before, pod }: Story, labels: Labels): boolean {
  const service = before.objects.services.find((object) => nameOf(object) === SERVICE);
  const after = { ...labels, 'pitlane.dev/drained-from': SERVICE };
  // The gate label is not enough: enable and disable change it for many pods at a time.
  const { enabled: _, ...members } = service?.spec.selector ?? {};
  const isSelected = service !== undefined && serviceSelects({ ...service, spec: { selector: members } }, after);
  const owner = controllerOf(before, ownerOf(pod));
  const keeps = owner !== undefined && selects(specSelector(owner), after);
  const adopters = ADOPTING.flatMap((resource): readonly KubeObject[] => before.objects[resource]).filter(
    (controller) => uidOf(controller) !== owner?.metadata.uid && controller.metadata.deletionTimestamp === undefined,
  );
  return !isSelected && !keeps && !adopters.some((controller) => selects(specSelector(controller), after));
}

function without(labels: Labels, keys: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !keys.includes(key)));
}

function subsets(keys: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: 2 ** keys.length }, (_, bits) => keys.filter((_, index) => (bits >> index) % 2 === 1));
}
