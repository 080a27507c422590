import type { Connection } from '../cluster/connection.ts';
import { NotFound } from '../cluster/errors.ts';
import type { KubeObject } from '../cluster/json.ts';
import { list } from '../cluster/list.ts';
import { type Observation, survey } from '../cluster/observe.ts';
import { SERVICES } from '../cluster/resource.ts';
import { tolerateErrors } from '../cluster/tolerate.ts';
import type { ServiceConfig } from '../config/config.ts';
import type { Needs } from '../rotation/snapshot.ts';
import { quote } from '../text/words.ts';
import type { House } from './house.ts';
import type { NotUnderstood } from './outcome.ts';
import { nearestHint, notUnderstood } from './problems.ts';

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
  return unknownName('ServiceMissing', `Service ${service} not found in namespace ${namespace}`, service, names);
}

/** For a key that is not in the configuration. Undefined: it is. */
export function notConfigured(key: string, keys: readonly string[]): string | undefined {
  if (keys.length === 0 || keys.includes(key)) return undefined;
  return unknownService(key, keys).message;
}

/** No service is configured under that name. */
export function unknownService(key: string, keys: readonly string[]): NotUnderstood {
  return unknownName('ServiceUnknown', `Unknown service ${quote(key)}`, key, keys);
}

/** The hint stands in the message, not in `instead`: what was typed after a wrong name can't be completed. */
function unknownName(
  code: 'ServiceMissing' | 'ServiceUnknown',
  what: string,
  name: string,
  known: readonly string[],
): NotUnderstood {
  return notUnderstood(code, `${what}.${nearestHint(name, known, 'Known')}`, []);
}
