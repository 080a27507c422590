import type { Connection } from '../cluster/connection.ts';
import { describePermission, Forbidden, NotFound, Rejected, Stopped } from '../cluster/errors.ts';
import { followLog } from '../cluster/follow-log.ts';
import type { Observation } from '../cluster/observe.ts';
import {
  type PodChange,
  pollPods,
  type SeenContainer,
  type SeenPod,
  watchEndpoints,
  watchPods,
} from '../cluster/pod-feed.ts';
import type { Patience } from '../cluster/retry.ts';
import type { LogsRequest } from '../command/request.ts';
import { LineRedactor } from '../evidence/redact.ts';
import { memberOf } from '../rotation/membership.ts';
import { matches, parseSelector, type Selector } from '../rotation/selector.ts';
import type { Endpoint, Pod } from '../rotation/snapshot.ts';
import type { EndpointState, FollowMark } from './follow-marks.ts';
import { containersOf, whyNoLog } from './logs.ts';
import type { LogListener } from './use-case.ts';

interface Options {
  readonly connection: Connection;
  readonly observation: Observation;
  readonly request: LogsRequest;
  readonly listener: LogListener;
  /** Ends with the signal, and never by itself. */
  readonly patience: Patience;
  readonly mostLogs: number;
}

/** A pod whose log is followed, also after it has left the selector. */
interface FollowedPod {
  seen: SeenPod;
  isMatch: boolean;
  isGone: boolean;
  endpoint: EndpointState;
  /** Resolves at the next change. */
  news: PromiseWithResolvers<void>;
}

/** A pod that was created this long before the start, or later, is followed from its first line. The clocks may differ. */
const YOUNG_MS = 60_000;
/** How often the pods are listed where they may not be watched. */
const POLL_MS = 10_000;
/** The same trouble is told again after this time. */
const TOLD_AGAIN_MS = 60_000;

/** Follows the logs of pods that come and go. */
export class Following {
  readonly #given: Options;
  readonly #startedAt: number;
  readonly #patience: Patience;
  /** Undefined: the request names one pod. */
  readonly #selector: Selector | undefined;
  /** By uid; without those that are gone. */
  readonly #pods = new Map<string, FollowedPod>();
  /** The uids of the pods for which there was no room. */
  readonly #notFollowed = new Set<string>();
  readonly #toldAt = new Map<string, number>();
  readonly #tasks: Promise<void>[] = [];
  readonly #end = Promise.withResolvers<void>();
  #endpoints: readonly Endpoint[];
  /** Logs that are followed now. */
  #logs = 0;

  constructor(given: Options) {
    const { observation, request, patience } = given;
    const parsed = request.selector === undefined ? undefined : parseSelector(request.selector);
    this.#given = given;
    this.#startedAt = patience.now();
    this.#selector = parsed?.kind === 'selector' ? parsed.selector : undefined;
    this.#endpoints = observation.snapshot.endpoints;
    this.#patience = { ...patience, report: (trouble, next) => this.#trouble(trouble, next) };
  }

  /** Resolves at the signal, and once the log of a named pod has ended. Rejects if a log may not be read. */
  async run(pods: readonly SeenPod[]): Promise<void> {
    const { signal } = this.#patience;
    signal?.addEventListener('abort', () => this.#end.resolve(), { once: true });
    if (signal?.aborted) return;
    for (const seen of pods) this.#follow(seen, false);
    this.#do(this.#watchPods(pods));
    this.#do(this.#watchEndpoints());
    await this.#end.promise;
  }

  /** Resolves once nothing is read any more. Call it after the signal. */
  async settled(): Promise<void> {
    for (const { news } of this.#pods.values()) news.resolve();
    await Promise.all(this.#tasks);
  }

  #do(work: Promise<void>): void {
    this.#tasks.push(work.catch((error: unknown) => this.#end.reject(error)));
  }

  async #watchPods(pods: readonly SeenPod[]): Promise<void> {
    const { connection, observation } = this.#given;
    const { namespace } = observation.snapshot.service;
    const name = this.#selector === undefined ? pods[0]?.pod.name : undefined;
    try {
      for await (const change of watchPods(connection, { namespace, name }, observation.podsVersion, this.#patience))
        this.#apply(change);
    } catch (error) {
      if (!(error instanceof Forbidden)) throw error;
      this.#trouble(`${mayNot(error)}, so pods that come or go are seen up to ${POLL_MS / 1000} s late.`);
      for await (const change of pollPods(connection, { namespace, name }, POLL_MS, this.#patience))
        this.#apply(change);
    }
  }

  async #watchEndpoints(): Promise<void> {
    const { connection, observation } = this.#given;
    const { namespace, name: service } = observation.snapshot.service;
    try {
      for await (const all of watchEndpoints(connection, { namespace, service }, observation, this.#patience)) {
        this.#endpoints = all;
        for (const pod of this.#pods.values()) this.#markEndpoint(pod);
      }
    } catch (error) {
      if (!(error instanceof Forbidden)) throw error;
      this.#trouble(`${mayNot(error)}, so pods that leave the endpoints are not marked.`);
    }
  }

  #apply({ kind, pods }: PodChange): void {
    if (kind === 'gone') for (const { pod } of pods) this.#gone(pod.uid);
    else for (const seen of pods) this.#put(seen);
    if (kind !== 'all') return;
    const left = new Set(pods.map(({ pod }) => pod.uid));
    for (const uid of this.#pods.keys()) if (!left.has(uid)) this.#gone(uid);
  }

  #put(seen: SeenPod): void {
    const known = this.#pods.get(seen.pod.uid);
    if (known === undefined) {
      if (this.#isWanted(seen.pod)) this.#follow(seen, true);
      return;
    }
    const before = known.seen;
    // The watch begins before the pod was read.
    if (versionOf(seen) <= versionOf(before)) return;
    known.seen = seen;
    this.#markChanges(known, before);
    changed(known);
  }

  #gone(uid: string): void {
    const pod = this.#pods.get(uid);
    if (pod === undefined) return;
    this.#pods.delete(uid);
    pod.isGone = true;
    this.#mark(pod, { kind: 'gone' });
    changed(pod);
  }

  #isWanted(pod: Pod): boolean {
    const { snapshot } = this.#given.observation;
    return this.#selector !== undefined && this.#matches(pod) && memberOf(snapshot, pod) !== undefined;
  }

  #matches({ labels }: Pod): boolean {
    return this.#selector === undefined || matches(this.#selector, labels);
  }

  #follow(seen: SeenPod, hasJoined: boolean): void {
    const { request, mostLogs } = this.#given;
    const { name, uid, createdAt } = seen.pod;
    const at = this.#patience.now();
    const containers = containersOf(seen.pod, request.container);
    if (containers.length === 0) return;
    if (this.#logs + containers.length > mostLogs) {
      if (!this.#notFollowed.has(uid)) this.#tell({ kind: 'notFollowed', pod: name, at, followed: this.#logs });
      this.#notFollowed.add(uid);
      return;
    }
    const endpoint = endpointState(this.#endpoints, uid);
    const pod: FollowedPod = { seen, isMatch: true, isGone: false, endpoint, news: Promise.withResolvers() };
    this.#pods.set(uid, pod);
    if (hasJoined) this.#mark(pod, { kind: 'joined', selector: request.selector ?? '' });
    // Its labels may have changed since it was found.
    this.#markChanges(pod, seen);
    const isYoung = hasJoined && createdAt >= this.#startedAt - YOUNG_MS;
    const isAlone = containers.length === 1;
    const prefix = this.#selector === undefined && isAlone ? '' : `${name} `;
    for (const container of containers) {
      const hasStarted = containerOf(seen, container)?.hasStarted ?? false;
      const tail = isYoung || !hasStarted ? undefined : request.tail;
      this.#do(this.#pump(pod, container, tail, isAlone ? prefix : `${prefix}${container} `));
    }
  }

  /** Passes the redacted lines of a container on until it has ended. */
  async #pump(pod: FollowedPod, container: string, tail: number | undefined, prefix: string): Promise<void> {
    const { connection, observation, listener } = this.#given;
    const { namespace } = observation.snapshot.service;
    const { name } = pod.seen.pod;
    const look = () => this.#look(pod, container);
    const sinceSeconds = tail === undefined ? undefined : this.#given.request.sinceSeconds;
    const log = { namespace, pod: name, container, tail, sinceSeconds, look, news: () => pod.news.promise };
    const redactor = new LineRedactor();
    this.#logs += 1;
    try {
      for await (const line of followLog(connection, log, this.#patience)) {
        const shown = redactor.line(line);
        if (shown !== undefined) await listener.line(`${prefix}${shown}`);
      }
    } catch (error) {
      if (error instanceof Rejected || error instanceof NotFound)
        this.#trouble(whyNoLog({ pod: name, container }, error));
      else if (!(error instanceof Stopped)) throw error;
    } finally {
      this.#logs -= 1;
      if (this.#logs === 0 && this.#selector === undefined) this.#end.resolve();
    }
  }

  #look({ seen, isGone }: FollowedPod, container: string): SeenContainer | 'ended' | 'gone' {
    if (isGone) return 'gone';
    return seen.pod.hasEnded ? 'ended' : (containerOf(seen, container) ?? 'ended');
  }

  #markChanges(pod: FollowedPod, before: SeenPod): void {
    const { request } = this.#given;
    const { seen } = pod;
    for (const container of containersOf(seen.pod, request.container)) {
      const restarts = containerOf(seen, container)?.restarts ?? 0;
      if (restarts > (containerOf(before, container)?.restarts ?? 0))
        this.#mark(pod, { kind: 'restarted', container, restarts });
    }
    const isMatch = this.#matches(seen.pod);
    if (isMatch !== pod.isMatch)
      this.#mark(pod, { kind: isMatch ? 'rejoined' : 'left', selector: request.selector ?? '' });
    pod.isMatch = isMatch;
    const { hasEnded, deletedAt, status } = seen.pod;
    // The containers of a deleted pod end too: its mark says enough.
    if (deletedAt !== undefined && before.pod.deletedAt === undefined) this.#mark(pod, { kind: 'terminating' });
    else if (hasEnded && !before.pod.hasEnded && deletedAt === undefined) this.#mark(pod, { kind: 'ended', status });
  }

  #markEndpoint(pod: FollowedPod): void {
    const endpoint = endpointState(this.#endpoints, pod.seen.pod.uid);
    if (endpoint !== pod.endpoint) this.#mark(pod, { kind: endpoint });
    pod.endpoint = endpoint;
  }

  #mark({ seen }: FollowedPod, mark: MarkOfPod): void {
    this.#tell({ ...mark, pod: seen.pod.name, at: this.#patience.now() });
  }

  #trouble(trouble: string, next?: string): void {
    const at = this.#patience.now();
    if (at - (this.#toldAt.get(trouble) ?? Number.NEGATIVE_INFINITY) < TOLD_AGAIN_MS) return;
    this.#toldAt.set(trouble, at);
    this.#tell({ kind: 'trouble', why: next === undefined ? trouble : `${trouble} ${next}` });
  }

  /** Nothing is told after the signal. */
  #tell(mark: FollowMark): void {
    if (!this.#patience.signal?.aborted) this.#given.listener.mark(mark);
  }
}

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
type MarkOfPod = Without<Extract<FollowMark, { readonly pod: string }>, 'pod' | 'at'>;

function changed(pod: FollowedPod): void {
  pod.news.resolve();
  pod.news = Promise.withResolvers();
}

function containerOf({ containers }: SeenPod, wanted: string): SeenContainer | undefined {
  return containers.find(({ name }) => name === wanted);
}

/** Versions are growing numbers (API concepts, "Resource versions"). */
function versionOf({ pod }: SeenPod): bigint {
  return BigInt(pod.detail?.version ?? 0);
}

function endpointState(endpoints: readonly Endpoint[], uid: string): EndpointState {
  const own = endpoints.filter(({ pod }) => pod?.uid === uid);
  if (own.length === 0) return 'outOfEndpoints';
  return own.some(({ isReady }) => isReady) ? 'inEndpoints' : 'notReady';
}

function mayNot({ missing }: Forbidden): string {
  return `Pitlane is not allowed to ${describePermission(missing)}`;
}
