import { badRequest } from '../../api/api-error.ts';
import { copyOf, type Json } from '../../api/json.ts';
import { type Kind, kindOf } from '../../api/kinds.ts';
import { type Change, update } from '../lifecycle/update.ts';
import { scaled, scaleOf } from '../scale.ts';
import type { Exchange } from './exchange.ts';
import { incomingObject } from './incoming.ts';
import { incomingPatch } from './patch.ts';
import { storedAt } from './read.ts';
import type { Target } from './target.ts';

/** A Scale is a view of a workload and is not stored. */
const scaleKind: Kind = {
  ...kindOf('deployments'),
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  resource: 'scale',
  model: 'V1Scale',
};

export async function answerScale(exchange: Exchange, target: Target): Promise<void> {
  const { kind, namespace, name = '' } = target;
  const { method } = exchange.request;
  if (method === 'GET') return exchange.sendJson(200, scaleOf(storedAt(exchange, target)));
  const change =
    method === 'PATCH' ? (await incomingPatch(exchange, scaleKind)).applyTo : await replacement(exchange, name);
  const scale = (old: Json) => scaled(old, change(scaleOf(old)));
  const { object } = update(exchange.cluster, kind, namespace, name, scale, { dryRun: exchange.isDryRun });
  exchange.sendJson(200, scaleOf(object));
}

async function replacement(exchange: Exchange, name: string): Promise<Change> {
  const scale = await incomingObject(exchange, scaleKind);
  if (scale.metadata?.name !== name) {
    throw badRequest(`the name of the object (${scale.metadata?.name}) does not match the name on the URL (${name})`);
  }
  return () => copyOf(scale);
}
