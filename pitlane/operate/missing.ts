import type { Connection } from '../cluster/connection.ts';
import { NotFound } from '../cluster/errors.ts';
import type { KubeObject } from '../cluster/json.ts';
import { list } from '../cluster/list.ts';
import { type Observation, survey } from '../cluster/observe.ts';
import { SERVICES } from '../cluster/resource.ts';
import { tolerateErrors } from '../cluster/tolerate.ts';
import type { ServiceConfig } from '../config/config.ts';
import type { Needs } from '../rotation/snapshot.ts';
import { nearestNames } from '../text/nearest.ts';
import { alternatives, quote } from '../text/words.ts';
import type { House } from './house.ts';
import type { NotUnderstood } from './outcome.ts';

export type Surveyed = { readonly kind: 'surveyed'; readonly observation: Observation } | NotUnderstood;

/** The first look at a service; where the namespace has no Service of that name, the nearest that it has. */
export async function surveyed(
  { now, keys = [] }: House,
  connection: Connection,
  service: ServiceConfig,
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
  const others = await tolerateErrors(list<KubeObject>(connection, SERVICES, { namespace, maxPages: 1 }));
  const names = others.kind === 'seen' ? others.value.items.map(({ metadata }) => metadata.name) : [];
  return notThere(`There is no Service ${service} in namespace ${namespace}`, service, names);
}

/** What may be wrong where a key that is none of the configured ones led nowhere; undefined: nothing. */
export function notConfigured(key: string, keys: readonly string[]): string | undefined {
  if (keys.length === 0 || keys.includes(key)) return undefined;
  return notThere(`${quote(key)} is no service of the configuration`, key, keys).message;
}

/** `known`: the names that there are. The message holds the nearest: what is typed after a wrong name can't be completed. */
export function notThere(what: string, name: string, known: readonly string[]): NotUnderstood {
  const likely = nearestNames(name, known);
  const expected = alternatives(likely.length > 0 ? likely : [...known].sort().slice(0, MOST_NAMES));
  return { kind: 'notUnderstood', message: `${what}${expected && `, expected ${expected}`}.`, instead: [] };
}

/** As many as one sentence can hold. */
const MOST_NAMES = 5;
