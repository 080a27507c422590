import type { Connection } from '../cluster/connection.ts';
import { NotFound } from '../cluster/errors.ts';
import type { KubeObject } from '../cluster/json.ts';
import { list as listObjects, listPods } from '../cluster/list.ts';
import { type Observation, survey, union } from '../cluster/observe.ts';
import { SERVICES } from '../cluster/resource.ts';
import { tolerateErrors } from '../cluster/tolerate.ts';
import type { ServiceConfig } from '../config/config.ts';
import { CANARY, DRAINED_FROM } from '../rotation/marks.ts';
import { ifSeen, type Needs, type Pod } from '../rotation/snapshot.ts';
import { nearestNames } from '../text/nearest.ts';
import { alternatives, list, quote } from '../text/words.ts';
import type { OpenService } from './house.ts';
import type { NotUnderstood } from './outcome.ts';
import { notUnderstood } from './problems.ts';

export type Surveyed = { readonly kind: 'surveyed'; readonly observation: Observation } | NotUnderstood;

/**
 * Observes the service. If there is none with that name, names the pods that are left of it, or else the nearest name.
 * `isKnown`: the pods of the operation are known, so that they need not be left.
 */
export async function surveyed(
  opened: OpenService,
  needs: Pick<Needs, 'members' | 'service'>,
  isKnown = false,
): Promise<Surveyed> {
  const { house, connection, service } = opened;
  try {
    const observation = await survey(connection, service, needs, house.now);
    const { snapshot } = observation;
    // A name that no pod was drained from is a mistake.
    return snapshot.service.isGone && snapshot.pods.length === 0 && !isKnown
      ? missing(opened)
      : { kind: 'surveyed', observation };
  } catch (error) {
    if (error instanceof NotFound && error.site.place.resource === SERVICES) return missing(opened);
    throw error;
  }
}

async function missing({ house: { keys = [] }, connection, service }: OpenService): Promise<NotUnderstood> {
  const left = await leftPods(connection, service);
  if (left.length > 0) return serviceGone(service, left);
  const found = await missingService(connection, service);
  const besides = notConfigured(service.key, keys);
  return besides === undefined ? found : { ...found, message: `${found.message} ${besides}` };
}

/** The pods that were drained from the service, and its canaries. */
async function leftPods(connection: Connection, { namespace, service }: ServiceConfig): Promise<readonly Pod[]> {
  const listed = await Promise.all(
    [DRAINED_FROM, CANARY].map((mark) =>
      tolerateErrors(listPods(connection, { namespace, labelSelector: `${mark}=${service}` }, 'compact')),
    ),
  );
  return union(listed.map((seen) => ifSeen(seen)?.items ?? [])).filter(({ deletedAt }) => deletedAt === undefined);
}

function serviceGone({ namespace, service }: ServiceConfig, left: readonly Pod[]): NotUnderstood {
  const names = left.map(({ name }) => name);
  const [are, they] = names.length === 1 ? ['is', 'it'] : ['are', 'they'];
  return notUnderstood(
    'ServiceMissing',
    `Service ${service} in namespace ${namespace} was deleted. ${list(names, 5)} ${are} left of it: ${they} can be finished, but not restored.`,
    // It works from the record on each pod.
    [`finish ${names.join(' ')}`],
  );
}

async function missingService(connection: Connection, { namespace, service }: ServiceConfig): Promise<NotUnderstood> {
  const others = await tolerateErrors(listObjects<KubeObject>(connection, SERVICES, { namespace, maxPages: 1 }));
  const names = others.kind === 'seen' ? others.value.items.map(({ metadata }) => metadata.name) : [];
  return notThere('ServiceMissing', `There is no Service ${service} in namespace ${namespace}`, service, names);
}

/** A hint if the key is not configured, for a Service that does not exist either. */
export function notConfigured(key: string, keys: readonly string[]): string | undefined {
  if (keys.length === 0 || keys.includes(key)) return undefined;
  return notThere('ServiceUnknown', `${quote(key)} is not a configured service`, key, keys).message;
}

/** `known`: the existing names. The message has the nearest ones, or else the first of all. */
export function notThere(
  code: 'ServiceMissing' | 'ServiceUnknown',
  what: string,
  name: string,
  known: readonly string[],
): NotUnderstood {
  const likely = nearestNames(name, known);
  if (likely.length > 0) return notUnderstood(code, `${what}. Did you mean ${alternatives(likely)}?`, []);
  const all = list([...known].sort());
  return notUnderstood(code, `${what}.${all && ` Services: ${all}.`}`, []);
}
