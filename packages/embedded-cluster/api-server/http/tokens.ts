import { badRequest, invalid, notFound } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { kindOf, kinds } from '../../api/kinds.ts';
import { timestamp } from '../../api/time.ts';
import { apiAudience, tokenFor } from '../authorization/tokens.ts';
import { invalidValue } from '../validation/field-error.ts';
import type { Exchange } from './exchange.ts';
import type { Target } from './target.ts';

const leastSeconds = 600;

/** A token of a service account (registry/core/serviceaccount/storage/token.go). */
export async function answerTokenRequest(exchange: Exchange, { kind, namespace, name = '' }: Target): Promise<void> {
  const { cluster } = exchange;
  const body = (await exchange.body('TokenRequest')) ?? {};
  const { expirationSeconds: seconds = 3_600, boundObjectRef = null } = body.spec ?? {};
  const audiences: string[] = body.spec?.audiences?.length ? body.spec.audiences : [apiAudience];
  const account = cluster.store.get(kind.resource, namespace, name);
  if (account === undefined) throw notFound(kind, name);
  if (seconds < leastSeconds) {
    const why = 'may not specify a duration less than 10 minutes';
    const of = { group: 'authentication.k8s.io', kind: 'TokenRequest' };
    throw invalid(of, '', [invalidValue('spec.expirationSeconds', seconds, why)]);
  }
  const boundTo = boundObjectRef === null ? undefined : boundObject(exchange, boundObjectRef, namespace);
  const now = cluster.now();
  exchange.sendJson(201, {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, uid: account.metadata.uid, creationTimestamp: timestamp(now) },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef },
    status: {
      token: exchange.isDryRun ? '' : tokenFor(cluster, account, { audiences, seconds, boundTo }),
      expirationTimestamp: timestamp(now + seconds * 1_000),
    },
  });
}

function boundObject({ cluster }: Exchange, ref: Json, namespace: string | undefined) {
  const bound = kinds.find(({ kind }) => kind === ref.kind && ['Pod', 'Secret', 'Node'].includes(kind));
  if (bound === undefined) throw badRequest(`cannot bind token for serviceaccount to type "/${ref.kind ?? ''}"`);
  const of = kindOf(bound.resource);
  const found = cluster.store.get(of.resource, of.namespaced ? namespace : undefined, ref.name);
  if (found === undefined) throw notFound(of, ref.name);
  return found;
}
