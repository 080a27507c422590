import type {
  Amount,
  ContainerEvidence,
  EventReport,
  NodeReport,
  PodReport,
  Probe,
  Rollout,
  Surroundings,
  Usage,
} from '../rotation/pod-report.ts';
import { ifSeen } from '../rotation/snapshot.ts';
import { count, duration } from '../text/words.ts';
import type { Finding, FindingCode } from './finding.ts';
import { redact } from './redact.ts';
import { ago, compareWithSiblings } from './siblings.ts';

/** What is known about a pod, without its logs. */
export interface Known {
  readonly report: Pick<PodReport, 'pod' | 'containers' | 'conditions' | 'traits' | 'probes'>;
  readonly events: readonly EventReport[];
  readonly around: Surroundings;
  readonly at: number;
}

/** What may be wrong with the pod, the most telling first. */
export function findingsOf({ report, events, around, at }: Known): readonly Finding[] {
  const [siblings, rollout] = [ifSeen(around.siblings), ifSeen(around.rollout)];
  const usage = ifSeen(around.usage);
  const compared =
    siblings === undefined ? [] : compareWithSiblings(report.traits, siblings, rollout?.numbers ?? {}, at);
  const isCompared = compared.some(({ code }) => code === 'RevisionDiffers');
  return [
    ...report.containers.flatMap((container) => containerFindings(container, at)),
    ...probeFindings(report, events, at),
    ...compared,
    ...nodeFindings(around.node, report.pod.nodeName, at),
    ...(usage === undefined ? [] : usageFindings(usage)),
    ...(rollout === undefined ? [] : rolloutFindings(rollout, report.traits.revision, isCompared, at)),
  ];
}

/** A container waits for these in each pod that starts. */
const STARTING = ['waiting', 'ContainerCreating', 'PodInitializing'];

function containerFindings(container: ContainerEvidence, at: number): readonly Finding[] {
  const { name, state, waitingMessage, lastTermination: last } = container;
  const findings: Finding[] = [];
  if (waitingMessage && !STARTING.includes(state))
    findings.push({ code: 'ContainerWaits', text: `Container ${name} waits: ${state}, ${asClause(waitingMessage)}.` });
  if (last !== undefined && last.exitCode !== 0) {
    const when = last.at === undefined ? '' : ` ${ago(last.at, at)}`;
    const why = last.message ? `: ${asClause(last.message)}` : '';
    const text = `Container ${name} ended${when}: ${last.reason}, exit code ${last.exitCode}${why}.`;
    findings.push({ code: 'ContainerEnded', text });
  }
  return findings;
}

const MAX_CLAUSE = 300;

/** One line, without a full stop. A secret that was cut would not be recognised, so it is redacted first. */
function asClause(text: string): string {
  const line = redact(text).replace(/\s+/g, ' ').trim().replace(/\.$/, '');
  return line.length > MAX_CLAUSE ? `${line.slice(0, MAX_CLAUSE - 1)}…` : line;
}

const PROBE_CODES: Readonly<Record<Probe['kind'], FindingCode>> = {
  startup: 'StartupFails',
  readiness: 'ReadinessFails',
  liveness: 'LivenessFails',
};

/** kubelet, prober.go: `Readiness probe failed: HTTP probe failed with statuscode: 503` */
const FAILURE = /^(Startup|Readiness|Liveness) probe (?:failed|errored)[^:]*: ?(.*)$/s;

function probeFindings({ probes, conditions }: Known['report'], events: readonly EventReport[], at: number) {
  const readySince = conditions.find(({ type, status }) => type === 'Ready' && status === 'True')?.since;
  const onlyContainer = new Set(probes.map(({ container }) => container)).size === 1;
  return probes.flatMap(({ kind, container, asks, isAwaited }): readonly Finding[] => {
    const failures = events.filter(
      (event) =>
        event.reason === 'Unhealthy' &&
        FAILURE.exec(event.message)?.[1]?.toLowerCase() === kind &&
        (event.container === container || (event.container === undefined && onlyContainer)) &&
        // Failures while a container starts are usual.
        (isAwaited || kind === 'liveness' || event.at > (readySince ?? 0)),
    );
    const [last] = failures;
    if (!isAwaited && last === undefined) return [];
    const name = `${kind[0]?.toUpperCase()}${kind.slice(1)} probe of container ${container}`;
    const asked = `It asks for ${asks}.`;
    const code = PROBE_CODES[kind];
    if (last === undefined) return [{ code, text: `${name} has not passed. ${asked}` }];
    const times = failures.reduce((sum, event) => sum + event.count, 0);
    const why = asClause(FAILURE.exec(last.message)?.[2] || 'no answer');
    const failed = `failed ${count(times, 'time')}, the last time ${ago(last.at, at)}: ${why}`;
    return [{ code, text: `${name} ${failed}. ${asked}` }];
  });
}

const PRESSURES = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable'];

function nodeFindings(node: Surroundings['node'], name: string | undefined, at: number): readonly Finding[] {
  if (node === undefined || node.kind === 'notSeen') return [];
  if (node.value === undefined) return [{ code: 'NodeGone', text: `Node ${name} no longer exists.` }];
  return stateOfNode(node.value, at);
}

function stateOfNode({ name, conditions, isCordoned, taints }: NodeReport, at: number): readonly Finding[] {
  const more = (since: number | undefined, message: string | undefined) =>
    `${since === undefined ? '' : ` for ${duration(Math.max(0, at - since) / 1000)}`}${message ? `: ${asClause(message)}` : ''}`;
  return [
    ...conditions.flatMap(({ type, status, since, message }): readonly Finding[] => {
      if (type === 'Ready' && status !== 'True')
        return [{ code: 'NodeNotReady', text: `Node ${name} is not ready${more(since, message)}.` }];
      return PRESSURES.includes(type) && status === 'True'
        ? [{ code: 'NodePressure', text: `Node ${name} has ${type}${more(since, message)}.` }]
        : [];
    }),
    ...(isCordoned ? [{ code: 'NodeCordoned' as const, text: `Node ${name} is cordoned.` }] : []),
    ...taints.map(
      (taint): Finding => ({
        code: 'NodeTainted',
        text: `Node ${name} has the taint ${taint}, which the pod does not tolerate.`,
      }),
    ),
  ];
}

/** From this part of a limit on, a container is about to be killed or is slowed down. */
const NEAR = 0.9;

function usageFindings({ containers }: Usage): readonly Finding[] {
  return containers.flatMap(({ name, cpu, memory }): readonly Finding[] => [
    ...nearLimit(name, memory, 'MemoryNearLimit', 'memory', bytes),
    ...nearLimit(name, cpu, 'CpuNearLimit', 'CPU', cores),
  ]);
}

function nearLimit(
  name: string,
  { used, limit }: Amount,
  code: FindingCode,
  of: string,
  write: typeof bytes,
): Finding[] {
  if (!limit || used < NEAR * limit) return [];
  const share = `Container ${name} uses ${Math.round((100 * used) / limit)} % of its ${of} limit`;
  return [{ code, text: `${share}: ${write(used)} of ${write(limit)}.` }];
}

/** `240 MiB` */
export function bytes(amount: number): string {
  const mebibytes = amount / 1024 ** 2;
  return mebibytes >= 10_240 ? `${(mebibytes / 1024).toFixed(1)} GiB` : `${Math.round(mebibytes)} MiB`;
}

/** `480m`, as Kubernetes writes thousandths of a core. */
export function cores(amount: number): string {
  return `${Math.round(amount)}m`;
}

const HOUR_MS = 3_600_000;

/** A rollout is a usual cause of what began shortly after it. `isCompared`: the pod's revision is said already. */
function rolloutFindings(
  rollout: Rollout,
  hash: string | undefined,
  isCompared: boolean,
  at: number,
): readonly Finding[] {
  const { revision, startedAt, numbers } = rollout;
  const own = hash === undefined ? undefined : numbers[hash];
  if (own === undefined) return [];
  const isNew = own === revision;
  const isFirst = Object.keys(numbers).length === 1;
  if (isNew && (isFirst || startedAt === undefined || at - startedAt > HOUR_MS)) return [];
  const which = isNew ? 'this pod is of it' : `this pod is of revision ${own}`;
  const text = `${rolloutText(rollout, at)}${isCompared ? '' : `; ${which}`}.`;
  return [{ code: isNew ? 'NewRevision' : 'OldRevision', text }];
}

/** `Revision 7 of Deployment rng began 12 min ago` */
export function rolloutText({ workload, revision, startedAt }: Rollout, at: number): string {
  return startedAt === undefined
    ? `Revision ${revision} of ${workload} returned to an earlier template`
    : `Revision ${revision} of ${workload} began ${ago(startedAt, at)}`;
}
