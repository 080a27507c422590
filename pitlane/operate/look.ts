import type { Connection } from '../cluster/connection.ts';
import { focus, type Observation } from '../cluster/observe.ts';
import type { ChangeRequest } from '../command/request.ts';
import type { ServiceConfig } from '../config/config.ts';
import { planOf } from '../operations/planners.ts';
import { needsOf, operationNamed } from '../operations/table.ts';
import { type Plan, podsIn, type Refusal, type Subject } from '../rotation/plan.ts';
import type { Needs } from '../rotation/snapshot.ts';
import type { Asker } from './asker.ts';
import { findPods } from './find-pods.ts';
import { type House, operationOf } from './house.ts';
import { surveyed } from './missing.ts';
import type { Choice, NotUnderstood } from './outcome.ts';

export interface Look {
  readonly kind: 'look';
  readonly observation: Observation;
  readonly result: Plan | Refusal;
}

/** More pods than that are read whole with the first list instead of one by one. */
const MOST_READ_ALONE = 5;

/** Observes the cluster and plans the change. `subject`: where it is settled already. */
export async function look(
  house: House,
  connection: Connection,
  service: ServiceConfig,
  request: ChangeRequest,
  asker: Asker,
  subject?: Subject,
): Promise<Look | Choice | NotUnderstood> {
  const needs = needsFor(request, subject);
  const survey = await surveyed(house, connection, service, needs);
  if (survey.kind !== 'surveyed') return survey;
  const first = survey.observation;
  const found =
    subject === undefined ? await findSubject(connection, first, request) : { kind: 'found' as const, subject };
  if (found.kind !== 'found') return found;
  const observation = await focus(connection, first, found.subject, needs);
  const operation = operationOf(house, request, found.subject, asker);
  return { kind: 'look', observation, result: planOf(observation.snapshot, operation) };
}

function needsFor(request: ChangeRequest, subject: Subject | undefined): Needs {
  const needs = needsOf(request);
  return subject !== undefined && podsIn(subject).length > MOST_READ_ALONE ? { ...needs, members: 'full' } : needs;
}

async function findSubject(
  connection: Connection,
  { snapshot }: Observation,
  request: ChangeRequest,
): Promise<{ readonly kind: 'found'; readonly subject: Subject } | Choice | NotUnderstood> {
  if (operationNamed(request.command).subject === 'service') {
    const { name, uid } = snapshot.service;
    return { kind: 'found', subject: { kind: 'service', service: { kind: 'Service', name, uid } } };
  }
  const found = await findPods(connection, snapshot, request);
  if (found.kind !== 'found') return found;
  const pods = found.pods.map(({ name, uid }) => ({ name, uid }));
  return { kind: 'found', subject: { kind: 'pods', pods, ...(found.by !== undefined && { by: found.by }) } };
}
