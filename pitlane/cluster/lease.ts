import type { Connection } from './connection.ts';
import { type ClusterError, Conflict, NotFound, TooManyRequests, Unavailable } from './errors.ts';
import type { ObjectMeta } from './json.ts';
import { parseTime } from './metadata.ts';
import { LEASES, type Place } from './resource.ts';
import { type Patience, retryDelayMs } from './retry.ts';
import { ignoreNotFound } from './tolerate.ts';

/** The right to change one service, for a short time. Only its holder writes. */
export interface HeldLease {
  /**
   * Milliseconds in which a write that is sent now must have ended. Renews the lease when little is left; throws
   * LeaseLost when somebody else may have taken it.
   */
  remainingMs(): Promise<number>;
  /** Lets the next one in. Never throws: a lease that is not given back runs out by itself. */
  release(): Promise<void>;
}

/** The lease ran out, or was taken by somebody else: nothing may be written. Observe and plan again. */
export class LeaseLost extends Error {
  constructor(service: string) {
    super(`Pitlane's lease on ${service} ran out before the write.`);
    this.name = 'LeaseLost';
  }
}

/** Somebody else changes the service, and did not finish before our deadline; or the cluster did not give us the lease. */
export class LeaseTaken extends Error {
  readonly holder: string;

  constructor(service: string, holder: string, trouble: ClusterError | undefined) {
    super(trouble?.message ?? `Another operation${named(holder)} is changing ${service} and has not finished in time.`);
    this.name = 'LeaseTaken';
    this.holder = holder;
  }
}

interface JsonLease {
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

/** Long enough to observe and to write; short enough that a Lambda which died does not hold up an incident. */
const DURATION_SECONDS = 15;
/** How far the clocks of two holders may be apart. */
const SKEW_MS = 2_000;
/** A write is not begun with less than this left. */
const LEAST_FOR_A_WRITE_MS = 5_000;
const RELEASE_TIMEOUT_MS = 3_000;

interface Claim {
  readonly namespace: string;
  readonly service: string;
  /** The operation's id and a random part of this process. */
  readonly identity: string;
}

/** Waits for its turn within the patience's deadline. */
export async function acquireLease(connection: Connection, claim: Claim, patience: Patience): Promise<HeldLease> {
  const place: Place = { resource: LEASES, namespace: claim.namespace, name: `pitlane-${claim.service}` };
  const watchHolder = holderWatch();
  for (let attempt = 1; ; attempt += 1) {
    const current = (await ignoreNotFound(connection.send<JsonLease>({ verb: 'get', place })))?.body;
    // Ours already: a write that got no answer was applied after all.
    const isOurs = current?.spec?.holderIdentity === claim.identity;
    const freeAt = current === undefined || isOurs ? 0 : watchHolder(current, patience.now());
    let trouble: ClusterError | undefined;
    if (freeAt <= patience.now()) {
      const lease = await tryToAcquire(connection, place, claim.identity, current, patience).catch(transientError);
      if (lease !== undefined && 'lease' in lease) return held(connection, place, claim, lease, patience);
      trouble = lease;
    }
    const holder = operationOf(current);
    const wait = trouble
      ? retryDelayMs(attempt, trouble)
      : Math.min(retryDelayMs(attempt), Math.max(100, freeAt - patience.now()));
    if (patience.now() + wait >= patience.deadline || patience.signal?.aborted) {
      throw new LeaseTaken(claim.service, holder, trouble);
    }
    patience.report?.(
      trouble?.message ?? `Waiting for another operation${named(holder)} that is changing ${claim.service}.`,
    );
    await patience.sleep(wait, patience.signal);
  }
}

/** The write may have been applied: the next look tells. */
function transientError(error: unknown): ClusterError {
  if (error instanceof Unavailable || error instanceof TooManyRequests) return error;
  throw error;
}

/**
 * Says when a lease may be taken. Its times come from another clock, so they get a margin; and a record that has not
 * changed for its whole duration by our own clock is dead whatever its times say (leaderelection.go, tryAcquireOrRenew).
 */
function holderWatch() {
  let seen: { readonly record: string; readonly since: number } | undefined;
  return ({ spec }: JsonLease, now: number): number => {
    if (!spec?.holderIdentity) return 0;
    const record = `${spec.holderIdentity} ${spec.renewTime}`;
    if (seen?.record !== record) {
      seen = { record, since: now };
    }
    const durationMs = (spec.leaseDurationSeconds ?? DURATION_SECONDS) * 1000;
    return Math.min((parseTime(spec.renewTime) ?? 0) + durationMs + SKEW_MS, seen.since + durationMs);
  };
}

/** A MicroTime: RFC 3339 with six digits of a second. */
function microTime(at: number): string {
  return new Date(at).toISOString().replace('Z', '000Z');
}

/** Between two looks a lease may be free, or new: then nobody is known. */
function named(holder: string): string {
  return holder === UNKNOWN ? '' : ` (${holder})`;
}

const UNKNOWN = 'unknown';

/** The part of an identity that people know. */
function operationOf(lease: JsonLease | undefined): string {
  return lease?.spec?.holderIdentity?.split('/')[0] || UNKNOWN;
}

async function tryToAcquire(
  connection: Connection,
  place: Place,
  identity: string,
  current: JsonLease | undefined,
  patience: Patience,
): Promise<AcquiredLease | undefined> {
  const at = patience.now();
  const time = microTime(at);
  const spec = {
    holderIdentity: identity,
    leaseDurationSeconds: DURATION_SECONDS,
    acquireTime: time,
    renewTime: time,
    leaseTransitions: (current?.spec?.leaseTransitions ?? 0) + 1,
  };
  return write(connection, place, current, spec, at);
}

interface AcquiredLease {
  readonly lease: JsonLease;
  /** By our clock, before the request was sent: the server's copy can't be older. */
  readonly at: number;
}

/** Undefined: somebody was faster. */
async function write(
  connection: Connection,
  place: Place,
  current: JsonLease | undefined,
  spec: JsonLease['spec'],
  at: number,
  signal?: AbortSignal,
): Promise<AcquiredLease | undefined> {
  const { resourceVersion, ...metadata } = current?.metadata ?? { name: place.name ?? '' };
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: resourceVersion === undefined ? metadata : { ...metadata, resourceVersion },
    spec,
  };
  const common = { body: lease, ...(signal === undefined ? {} : { signal }) };
  try {
    const { body } = await (current === undefined
      ? connection.send<JsonLease>({ verb: 'create', place: withoutName(place), ...common })
      : connection.send<JsonLease>({ verb: 'update', place, ...common }));
    return { lease: body, at };
  } catch (error) {
    if (error instanceof Conflict || (error instanceof NotFound && current !== undefined)) return undefined;
    throw error;
  }
}

function withoutName({ resource, namespace }: Place): Place {
  return { resource, ...(namespace === undefined ? {} : { namespace }) };
}

function held(connection: Connection, place: Place, claim: Claim, first: AcquiredLease, { now }: Patience): HeldLease {
  let taken: AcquiredLease | undefined = first;
  const leftMs = () => (taken === undefined ? 0 : taken.at + DURATION_SECONDS * 1000 - SKEW_MS - now());

  async function renew(): Promise<void> {
    if (taken === undefined || leftMs() <= 0) throw new LeaseLost(claim.service);
    const at = now();
    const renewTime = microTime(at);
    taken = await write(connection, place, taken.lease, { ...taken.lease.spec, renewTime }, at).catch((error) => {
      if (error instanceof Unavailable) return undefined;
      throw error;
    });
    if (taken === undefined) throw new LeaseLost(claim.service);
  }

  return {
    async remainingMs() {
      if (leftMs() < LEAST_FOR_A_WRITE_MS) {
        await renew();
      }
      return leftMs();
    },
    async release() {
      if (taken === undefined || leftMs() <= 0) return;
      const { acquireTime, leaseTransitions } = taken.lease.spec ?? {};
      const free = {
        holderIdentity: '',
        leaseDurationSeconds: 1,
        acquireTime,
        renewTime: acquireTime,
        leaseTransitions,
      };
      try {
        // A signal of its own: giving it back must work when the operation itself was told to stop.
        await write(connection, place, taken.lease, free, now(), AbortSignal.timeout(RELEASE_TIMEOUT_MS));
      } catch {
        // It runs out by itself.
      }
      taken = undefined;
    },
  };
}
