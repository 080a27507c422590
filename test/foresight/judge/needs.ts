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
export function asks({ spec }: KubeObject): Amounts {
  const first: ContainerPart[] = spec.initContainers ?? [];
  const sidecars = first.filter(isSidecar);
  const moments = [
    [...sidecars, ...(spec.containers as ContainerPart[])],
    ...first.flatMap((container, index) =>
      isSidecar(container) ? [] : [[container, ...first.slice(0, index).filter(isSidecar)]],
    ),
  ];
  const names = new Set(moments.flat().flatMap((container) => Object.keys(requested(container))));
  const total = (moment: readonly ContainerPart[], name: string): number =>
    moment.reduce((sum, container) => sum + amount(requested(container)[name]), 0);
  return Object.fromEntries(
    [...names].map((name) => [name, Math.max(...moments.map((moment) => total(moment, name)))]),
  );
}

function isSidecar({ restartPolicy }: ContainerPart): boolean {
  return restartPolicy === 'Always';
}

function requested({ resources }: ContainerPart): Texts {
  return { ...resources?.limits, ...resources?.requests };
}

/** A container requests none of it. */
export function isSilentOn({ spec }: KubeObject, resource: string): boolean {
  const containers: ContainerPart[] = [...spec.containers, ...(spec.initContainers ?? [])];
  return containers.some(({ resources }) => resources?.requests?.[resource] === undefined);
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
