import type { Connection } from '../cluster/connection.ts';
import { readPod } from '../cluster/observe.ts';
import type { Request } from '../command/request.ts';
import { format } from '../operations/commands.ts';
import { readDrain } from '../rotation/marks.ts';
import type { Member, MemberState } from '../rotation/membership.ts';
import { bySuspicion, members } from '../rotation/membership.ts';
import type { Pod, Service, Snapshot } from '../rotation/snapshot.ts';
import { resolvePod } from '../rotation/target.ts';
import { isFinished } from '../rotation/workload.ts';
import type { Choice, NotUnderstood } from './outcome.ts';

export type PodRequest = Extract<Request, { pod?: string }>;

export type FoundPod = { readonly kind: 'found'; readonly pod: Pod } | Choice | NotUnderstood;

/** The pod that the request means; else what to ask back. */
export async function findPod(connection: Connection, snapshot: Snapshot, request: PodRequest): Promise<FoundPod> {
  const all = members(snapshot);
  if (request.pod === undefined) {
    return choose(
      snapshot,
      request,
      all.filter((member) => fits(request.command, member)),
    );
  }
  const pattern = request.pod;
  const resolved = resolvePod(
    pattern,
    all.map(({ pod }) => pod),
  );
  switch (resolved.kind) {
    case 'found':
      return resolved;
    case 'ambiguous': {
      const names = new Set(resolved.candidates.map(({ name }) => name));
      return {
        kind: 'choice',
        request,
        message: `${names.size} pods of ${snapshot.service.name} fit ${pattern}. Which one?`,
        candidates: all.filter(({ pod }) => names.has(pod.name)).sort(bySuspicion),
      };
    }
    case 'unknown': {
      const pod = POD_NAME.test(pattern) ? await readPod(connection, snapshot.service.namespace, pattern) : undefined;
      if (pod !== undefined && isDrained(pod, request, snapshot.service)) return { kind: 'found', pod };
      const near = resolved.nearest.filter((name) =>
        all.some((member) => member.pod.name === name && fits(request.command, member)),
      );
      return {
        kind: 'notUnderstood',
        message: whyUnknown(snapshot, pattern, pod),
        instead: near.length > 0 ? near.map((name) => format({ ...request, pod: name })) : ['list'],
      };
    }
  }
}

/**
 * No label leads to it any more, but its record does: somebody has edited its labels, or the service asks for others
 * since. Of a pod that was drained from another service the record says so; only a change can tell that.
 */
function isDrained(pod: Pod, { command }: PodRequest, service: Service): boolean {
  const drain = readDrain(pod);
  return drain.kind === 'record' && (!isRead(command) || drain.record.service === service.name);
}

const ANY: readonly MemberState[] = ['in rotation', 'not ready', 'terminating', 'disabled', 'drained'];

/** Of which members a picker is made, for each command that takes a pod. */
const STATES: Readonly<Record<PodRequest['command'], readonly MemberState[]>> = {
  drain: ['in rotation', 'not ready', 'disabled'],
  restore: ['drained'],
  extend: ['drained'],
  finish: ['drained'],
  inspect: ANY,
  evidence: ANY,
  logs: ANY,
};

function isRead(command: PodRequest['command']): boolean {
  return STATES[command] === ANY;
}

/** What has ended can be looked at or finished, and nothing else; a canary may be finished wherever it stands. */
function fits(command: PodRequest['command'], { state, pod, kind }: Member): boolean {
  if (command === 'finish') return state === 'drained' || (kind === 'canary' && state !== 'terminating');
  return STATES[command].includes(state) && (isRead(command) || !isFinished(pod));
}

function choose({ service }: Snapshot, request: PodRequest, candidates: readonly Member[]): Choice | NotUnderstood {
  if (candidates.length === 0) {
    return { kind: 'notUnderstood', message: saysNone(service.name, request.command), instead: ['list'] };
  }
  return {
    kind: 'choice',
    request,
    message: `Which pod of ${service.name}?`,
    candidates: [...candidates].sort(bySuspicion),
  };
}

function saysNone(service: string, command: PodRequest['command']): string {
  switch (command) {
    case 'restore':
    case 'extend':
      return `No pod of ${service} is drained, so there is none to ${command}.`;
    case 'finish':
      return `${service} has neither a drained pod nor a canary, so there is none to finish.`;
    case 'logs':
      return `${service} has no pod to show logs of.`;
    case 'evidence':
      return `${service} has no pod to take evidence of.`;
    case 'drain':
    case 'inspect':
      return `${service} has no pod to ${command}.`;
  }
}

/** A name that Kubernetes takes for a pod: only then is it worth a look beyond the service. */
const POD_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

function whyUnknown({ service }: Snapshot, pattern: string, pod: Pod | undefined): string {
  if (Object.keys(service.selector ?? {}).length === 0) {
    return `Service ${service.name} has no selector, so no pod belongs to it.`;
  }
  return pod === undefined
    ? `No pod of ${service.name} is called ${pattern}, or begins or ends so.`
    : `${pod.name} is a pod in ${service.namespace}, but ${service.name} has nothing to do with it.`;
}
