import type { KubeObject } from '@pitlane/embedded-cluster/api';

/** Amounts by resource name, in cores, bytes or pieces. */
type Amounts = Readonly<Record<string, number>>;

interface ContainerPart {
  readonly restartPolicy?: string;
  readonly resources?: { readonly requests?: Texts; readonly limits?: Texts };
  readonly ports?: readonly { readonly hostPort?: number }[];
}

type Texts = Readonly<Record<string, string>>;

/**
 * What the scheduler reserves: at the most demanding moment of the start, or while all containers and sidecars run. Each
 * moment of the start has one init container, and the sidecars before it.
 */
export function asks({ spec }: KubeObject, list: 'requests' | 'limits' = 'requests'): Amounts {
  const first: ContainerPart[] = spec.initContainers ?? [];
  const sidecars = first.filter(isSidecar);
  const moments = [
    [...sidecars, ...(spec.containers as ContainerPart[])],
    ...first.flatMap((container, index) =>
      isSidecar(container) ? [] : [[container, ...first.slice(0, index).filter(isSidecar)]],
    ),
  ];
  const names = new Set(moments.flat().flatMap((container) => Object.keys(askedOf(container, list))));
  const total = (moment: readonly ContainerPart[], name: string): number =>
    moment.reduce((sum, container) => sum + amount(askedOf(container, list)[name]), 0);
  return Object.fromEntries(
    [...names].map((name) => [name, Math.max(...moments.map((moment) => total(moment, name)))]),
  );
}

function isSidecar({ restartPolicy }: ContainerPart): boolean {
  return restartPolicy === 'Always';
}

/** By default a container requests what it is limited to. */
function askedOf(
  { resources: { requests = {}, limits = {} } = {} }: ContainerPart,
  list: 'requests' | 'limits',
): Texts {
  return list === 'limits' ? limits : { ...limits, ...requests };
}

export function containersOf({ spec }: KubeObject): readonly ContainerPart[] {
  return [...spec.containers, ...(spec.initContainers ?? [])];
}

/** A container asks for none of it. */
export function isSilentOn(pod: KubeObject, resource: string, list: 'requests' | 'limits'): boolean {
  return containersOf(pod).some((container) => askedOf(container, list)[resource] === undefined);
}

export function hostPorts({ spec }: KubeObject): number[] {
  const running: ContainerPart[] = [...spec.containers, ...(spec.initContainers ?? []).filter(isSidecar)];
  return running.flatMap(({ ports = [] }) => ports.flatMap(({ hostPort }) => hostPort ?? []));
}

const UNITS: Readonly<Record<string, number>> = { '': 1, m: 1e-3, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

/** A Kubernetes quantity as a number of cores, bytes or pieces. */
export function amount(text: string | undefined): number {
  const [, number = '0', unit = ''] = /^([\d.]+)(\D*)$/.exec(text ?? '0') ?? [];
  return Number(number) * (UNITS[unit] ?? Number.NaN);
}
