import type { Connection } from './connection.ts';
import { ClusterError, Conflict, NotFound, Unavailable } from './errors.ts';
import type { ObjectMeta } from './json.ts';
import { get } from './list.ts';
import { microTime, parseTime } from './metadata.ts';
import { createOrReplace } from './replace.ts';
import { apiVersionOf, LEASES, type Place } from './resource.ts';
import { type Patience, retryDelayMs, sleepInTime } from './retry.ts';
import { tolerateErrors } from './tolerate.ts';

/**
 * The right to change traffic in one namespace for a short time. Several Services may select the same pods, so a lease for
 * each Service would let two operations take the last pod of a third.
 */
export interface HeldLease {
  /**
   * Milliseconds that a write may take from now on. Renews the lease when it is about to expire. Throws LeaseLost if
   * another holder may have acquired it.
   */
  remainingMs(): Promise<number>;
  /** Never throws: a lease that is not released expires. */
  release(): Promise<void>;
}

/** The lease expired or has another holder, so nothing may be written: observe and plan again. */
export class LeaseLost extends Error {
  constructor(namespace: string) {
    super(`Pitlane's lease on namespace ${namespace} expired before the write.`);
    this.name = 'LeaseLost';
  }
}

/** Another operation holds the lease until the deadline, or the cluster failed to grant it. */
export class LeaseTaken extends Error {
  readonly holder: string;

  constructor(namespace: string, holder: string, trouble: ClusterError | undefined) {
    super(
      trouble?.message ??
        `Another operation${inParentheses(holder)} is changing pods in namespace ${namespace} and has not finished in time.`,
    );
    this.name = 'LeaseTaken';
    this.holder = holder;
  }
}

export interface JsonLease {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Partial<ObjectMeta> & { readonly name: string };
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

/** Long enough to observe and write, short enough that a killed Lambda does not block an incident. */
const DURATION_SECONDS = 15;
/** The maximum difference between the clocks of two holders. */
const CLOCK_SKEW_MS = 2_000;
/** The lease is renewed before a write when less than this is left. */
const MIN_WRITE_TIME_MS = 5_000;
const RELEASE_TIMEOUT_MS = 3_000;

export const LEASE = 'pitlane';

interface Claim {
  readonly namespace: string;
  /** The operation's id and a random part per process. */
  readonly identity: string;
}

/** A lease without a holder, as it was read; `object` is absent if the cluster has none yet. */
export interface FreeLease {
  readonly object: JsonLease | undefined;
}

/** Reads the lease before an observation. Undefined: it has a holder, or can't be read. */
export async function readFreeLease(
  connection: Connection,
  scope: Pick<Claim, 'namespace'>,
): Promise<FreeLease | undefined> {
  const lease = await tolerateErrors(get<JsonLease>(connection, placeOf(scope)));
  return lease.kind === 'seen' && !lease.value?.spec?.holderIdentity ? { object: lease.value } : undefined;
}

/**
 * Acquires the lease if it is exactly as it was read: then no other operation has held it since, and an observation made
 * in between is as good as one made under the lease. Undefined: it has changed, or the write got no answer.
 */
export async function acquireUnchanged(
  connection: Connection,
  claim: Claim,
  { object }: FreeLease,
  patience: Patience,
): Promise<HeldLease | undefined> {
  const write = writerOf(connection, placeOf(claim));
  const at = patience.now();
  const result = await write(object, specFor(claim, object, at), at).catch(transientError);
  return result !== undefined && 'object' in result ? held(write, claim, result, patience) : undefined;
}

function placeOf({ namespace }: Pick<Claim, 'namespace'>): Place {
  return { resource: LEASES, namespace, name: LEASE };
}

/** Waits for the lease until the deadline. */
export async function acquireLease(connection: Connection, claim: Claim, patience: Patience): Promise<HeldLease> {
  const write = writerOf(connection, placeOf(claim));
  const freeAtOf = leaseExpiry();
  for (let attempt = 1; ; attempt += 1) {
    const current = await get<JsonLease>(connection, placeOf(claim));
    // An earlier write of ours was applied although its answer was lost.
    const isOurs = current?.spec?.holderIdentity === claim.identity;
    const freeAt = current === undefined || isOurs ? 0 : freeAtOf(current, patience.now());
    let trouble: ClusterError | undefined;
    if (freeAt <= patience.now()) {
      const at = patience.now();
      const result = await write(current, specFor(claim, current, at), at).catch(transientError);
      if (result !== undefined && 'object' in result) return held(write, claim, result, patience);
      trouble = result;
    }
    const holder = operationOf(current);
    const wait = trouble
      ? retryDelayMs(attempt, trouble)
      : Math.min(retryDelayMs(attempt), Math.max(100, freeAt - patience.now()));
    const why =
      trouble?.message ??
      `Waiting for another operation${inParentheses(holder)} in namespace ${claim.namespace} to finish.`;
    if (!(await sleepInTime(patience, wait, why))) throw new LeaseTaken(claim.namespace, holder, trouble);
  }
}

/** The write may have been applied: the next read tells. */
function transientError(error: unknown): ClusterError {
  if (error instanceof ClusterError && error.isRetryable) return error;
  throw error;
}

/**
 * Returns when a lease may be acquired. Its times come from another clock, so they get a margin. A lease that has not
 * changed for its whole duration by our own clock has expired, whatever its times are (leaderelection.go,
 * tryAcquireOrRenew).
 */
function leaseExpiry() {
  let observed: { readonly record: string; readonly since: number } | undefined;
  return ({ spec }: JsonLease, now: number): number => {
    if (!spec?.holderIdentity) return 0;
    const record = `${spec.holderIdentity} ${spec.renewTime}`;
    if (observed?.record !== record) observed = { record, since: now };
    const durationMs = (spec.leaseDurationSeconds ?? DURATION_SECONDS) * 1000;
    return Math.min((parseTime(spec.renewTime) ?? 0) + durationMs + CLOCK_SKEW_MS, observed.since + durationMs);
  };
}

/** The holder is unknown if the lease was free or missing when it was read. */
function inParentheses(holder: string): string {
  return holder === UNKNOWN ? '' : ` (${holder})`;
}

const UNKNOWN = 'unknown';

/** The operation's id, without the random part. */
function operationOf(lease: JsonLease | undefined): string {
  return lease?.spec?.holderIdentity?.split('/')[0] || UNKNOWN;
}

function specFor({ identity }: Claim, current: JsonLease | undefined, at: number): JsonLease['spec'] {
  const time = microTime(at);
  return {
    holderIdentity: identity,
    leaseDurationSeconds: DURATION_SECONDS,
    acquireTime: time,
    renewTime: time,
    leaseTransitions: (current?.spec?.leaseTransitions ?? 0) + 1,
  };
}

interface AcquiredLease {
  readonly object: JsonLease;
  /** By our clock, before the request was sent, so never later than the server's time. */
  readonly at: number;
}

/** Writes a lease. Undefined: another client was faster. */
type Write = (
  current: JsonLease | undefined,
  spec: JsonLease['spec'],
  at: number,
  signal?: AbortSignal,
) => Promise<AcquiredLease | undefined>;

function writerOf(connection: Connection, place: Place): Write {
  return async (current, spec, at, signal) => {
    const metadata = { ...current?.metadata, name: place.name ?? '' };
    const lease = { apiVersion: apiVersionOf(LEASES), kind: LEASES.kind, metadata, spec };
    try {
      return { object: await createOrReplace<JsonLease>(connection, place, current, lease, signal), at };
    } catch (error) {
      if (error instanceof Conflict || (error instanceof NotFound && current !== undefined)) return undefined;
      throw error;
    }
  };
}

function held(write: Write, { namespace }: Claim, first: AcquiredLease, { now }: Patience): HeldLease {
  let lease: AcquiredLease | undefined = first;
  const leftMs = () => (lease === undefined ? 0 : lease.at + DURATION_SECONDS * 1000 - CLOCK_SKEW_MS - now());

  async function renew(): Promise<void> {
    if (lease === undefined || leftMs() <= 0) throw new LeaseLost(namespace);
    const at = now();
    const renewTime = microTime(at);
    lease = await write(lease.object, { ...lease.object.spec, renewTime }, at).catch((error) => {
      if (error instanceof Unavailable) return undefined;
      throw error;
    });
    if (lease === undefined) throw new LeaseLost(namespace);
  }

  return {
    async remainingMs() {
      if (leftMs() < MIN_WRITE_TIME_MS) await renew();
      return leftMs();
    },
    async release() {
      if (lease === undefined || leftMs() <= 0) return;
      const { acquireTime, leaseTransitions } = lease.object.spec ?? {};
      const times = { acquireTime, renewTime: acquireTime, leaseTransitions };
      const free = { holderIdentity: '', leaseDurationSeconds: 1, ...times };
      try {
        // Uses its own signal: the lease must be released even if the operation was aborted.
        await write(lease.object, free, now(), AbortSignal.timeout(RELEASE_TIMEOUT_MS));
      } catch {
        // The lease expires anyway.
      }
      lease = undefined;
    },
  };
}
