import { isObject, isText, listOf, optional, parseObject, shape } from '../text/shape.ts';
import type { Connection } from './connection.ts';
import { Conflict, NotFound } from './errors.ts';
import { HEARTBEAT } from './heartbeat.ts';
import type { JsonLease } from './lease.ts';
import { get } from './list.ts';
import { createOrReplace } from './replace.ts';
import { apiVersionOf, LEASES } from './resource.ts';

/** A cluster that does not answer. */
export interface Outage {
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** The Slack channels that know of it. Absent: it was found only once. */
  readonly told?: readonly string[];
}

/** By the names of clusters. */
export type OutageMarks = ReadonlyMap<string, Outage>;

/** In an annotation of the heartbeat's Lease, in other clusters than the marked ones. */
const OUTAGES = 'pitlane.dev/outages';

/** Another tick is faster at most that often. */
const ATTEMPTS = 5;

export async function readOutages(connection: Connection, namespace: string): Promise<OutageMarks> {
  return marksOn(await get<JsonLease>(connection, placeIn(namespace)));
}

/** Changes the marks by compare-and-swap. `change` returns undefined if there is nothing to write. */
export async function changeOutages(
  connection: Connection,
  namespace: string,
  change: (marks: OutageMarks) => OutageMarks | undefined,
): Promise<OutageMarks> {
  const place = placeIn(namespace);
  for (let attempt = 1; ; attempt += 1) {
    const current = await get<JsonLease>(connection, place);
    const marks = marksOn(current);
    const wanted = change(marks);
    if (wanted === undefined) return marks;
    const text = JSON.stringify({ v: 1, clusters: Object.fromEntries(wanted) });
    const annotations = { ...current?.metadata.annotations, [OUTAGES]: text };
    const metadata = { ...current?.metadata, name: HEARTBEAT, annotations };
    const lease = { ...current, apiVersion: apiVersionOf(LEASES), kind: LEASES.kind, metadata };
    try {
      await createOrReplace<JsonLease>(connection, place, current, lease);
      return wanted;
    } catch (error) {
      if (!(error instanceof Conflict || error instanceof NotFound) || attempt === ATTEMPTS) throw error;
    }
  }
}

function placeIn(namespace: string) {
  return { resource: LEASES, namespace, name: HEARTBEAT };
}

/** Anything that may edit Leases there can write marks. */
function marksOn(lease: JsonLease | undefined): OutageMarks {
  const { v, clusters } = parseObject(lease?.metadata.annotations?.[OUTAGES] ?? '') ?? {};
  if (v !== 1 || !isObject(clusters)) return new Map();
  return new Map(Object.entries(clusters).filter((entry): entry is [string, Outage] => isOutage(entry[1])));
}

const isOutage = shape<Outage>({ since: Number.isFinite, told: optional(listOf(isText)) });
