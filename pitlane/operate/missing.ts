import type { Connection } from '../cluster/connection.ts';
import { NotFound } from '../cluster/errors.ts';
import type { KubeObject } from '../cluster/json.ts';
import { list as listObjects } from '../cluster/list.ts';
import { type Observation, survey } from '../cluster/observe.ts';
import { SERVICES } from '../cluster/resource.ts';
import { tolerateErrors } from '../cluster/tolerate.ts';
import type { ServiceConfig } from '../config/config.ts';
import type { Needs } from '../rotation/snapshot.ts';
import { nearestNames } from '../text/nearest.ts';
import { alternatives, list, quote } from '../text/words.ts';
import type { OpenService } from './house.ts';
import type { NotUnderstood } from './outcome.ts';
import { notUnderstood } from './problems.ts';

export type Surveyed = { readonly kind: 'surveyed'; readonly observation: Observation } | NotUnderstood;

/** Observes the service. If there is none with that name, names the nearest one. */
export async function surveyed(
  { house: { now, keys = [] }, connection, service }: OpenService,
  needs: Pick<Needs, 'members'>,
): Promise<Surveyed> {
  try {
    return { kind: 'surveyed', observation: await survey(connection, service, needs, now) };
  } catch (error) {
    if (error instanceof NotFound && error.site.place.resource === SERVICES) {
      const missing = await missingService(connection, service);
      const besides = notConfigured(service.key, keys);
      return besides === undefined ? missing : { ...missing, message: `${missing.message} ${besides}` };
    }
    throw error;
  }
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
