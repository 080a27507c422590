import { count, list } from '../text/words.ts';
import { type Checker, warning } from './safety.ts';
import type { Endpoint, PodRef, SliceRef, Snapshot } from './snapshot.ts';

/** `EndpointSlice rng-x2k9d`, or `EndpointSlice rng-extra, kept by lb-sync.example.com`. */
export function sliceText({ name, keeper }: SliceRef): string {
  return `EndpointSlice ${name}${keeper === undefined ? '' : `, kept by ${keeper}`}`;
}

/** The slices that list the pod, each once. */
export function slicesWith({ endpoints }: Pick<Snapshot, 'endpoints'>, { uid }: PodRef): readonly SliceRef[] {
  return once(endpoints.filter(({ pod }) => pod?.uid === uid));
}

function once(endpoints: readonly Endpoint[]): readonly SliceRef[] {
  const slices = endpoints.map(({ slice }) => slice);
  return [...new Map(slices.map((slice) => [slice.name, slice])).values()];
}

/** Labels decide only about the slices of Kubernetes' own controller. */
export const checkForeignSlices: Checker = ({ snapshot, pod }) =>
  slicesWith(snapshot, pod)
    .filter(({ keeper }) => keeper !== undefined)
    .map((slice) => warning('ListedByAnother', `${sliceText(slice)}, lists ${pod.name} too, whatever labels it has.`));

/** Sentences about slices that do not follow the labels of pods, and about ports that pods do not have. */
export function sliceNotes(snapshot: Snapshot): readonly string[] {
  return [...foreignNotes(snapshot), ...portNotes(snapshot)];
}

function foreignNotes({ service, endpoints }: Snapshot): readonly string[] {
  const followsLabels = Object.keys(service.selector ?? {}).length > 0;
  return once(endpoints)
    .filter(({ keeper }) => keeper !== undefined || !followsLabels)
    .map((slice) => {
      const listed = endpoints.filter((endpoint) => endpoint.slice.name === slice.name);
      const ready = listed.filter(({ isReady }) => isReady).length;
      return `${sliceText(slice)}, lists ${count(listed.length, 'endpoint')}, ${ready} ready, whatever labels pods have.`;
    });
}

/** Which ready pods are listed without a port of the Service, and why. */
export function portNotes({ service: { ports }, endpoints }: Snapshot): readonly string[] {
  const ready = new Set(endpoints.flatMap(({ isReady, pod }) => (isReady && pod ? pod.name : [])));
  return ports.flatMap(({ name, target }) => {
    const having = endpoints.filter(({ ports: listed }) => listed?.includes(name)).map(({ pod }) => pod?.name);
    const without = [...ready].filter((pod) => !having.includes(pod)).sort();
    if (without.length === 0) return [];
    const why = typeof target === 'string' ? ` (no container port is named ${target})` : '';
    return `${count(without.length, 'ready pod')} ${without.length === 1 ? 'is' : 'are'} listed without port ${name || target}${why}: ${list(without)}.`;
  });
}
