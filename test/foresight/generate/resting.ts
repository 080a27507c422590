import type { Made, Manifest } from '../case.ts';
import { priorityClasses } from './bystanders.ts';

/**
 * Pods that shun the others of the app get the lowest priority among them. With a higher one the scheduler may end such
 * pods for ever, because their replacements come back to the node (test/contract/room.ts), and nothing can be compared.
 */
export function resting(objects: readonly Made[]): readonly Made[] {
  const [lowest] = objects
    .filter(({ object }) => podOf(object)?.metadata?.labels?.app === 'web')
    .map(({ object }) => (podOf(object)?.spec.priorityClassName ?? '') as string)
    .sort((a, b) => priorityOf(a) - priorityOf(b));
  return objects.map((made) => {
    const spec = podOf(made.object)?.spec;
    if (spec?.affinity?.podAntiAffinity === undefined) return made;
    const { priorityClassName: _, ...rest } = spec;
    return { ...made, object: withSpec(made.object, { ...rest, ...(lowest && { priorityClassName: lowest }) }) };
  });
}

/** The pod itself, or the template of a workload. */
function podOf({ kind, spec, ...object }: Manifest): Manifest | undefined {
  return kind === 'Pod' ? { ...object, spec } : spec?.template;
}

function withSpec(object: Manifest, spec: object): Manifest {
  if (object.kind === 'Pod') return { ...object, spec };
  return { ...object, spec: { ...object.spec, template: { ...object.spec.template, spec } } };
}

function priorityOf(name: string): number {
  return priorityClasses.find(({ object }) => object.metadata.name === name)?.object.value ?? 0;
}
