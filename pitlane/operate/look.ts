import type { Connection } from '../cluster/connection.ts';
import { focus, type Observation } from '../cluster/observe.ts';
import type { ChangeRequest } from '../command/request.ts';
import type { ServiceConfig } from '../config/config.ts';
import { needsOf, planOf } from '../operations/table.ts';
import type { Plan, Refusal } from '../rotation/plan.ts';
import type { PodRef } from '../rotation/snapshot.ts';
import type { Asker } from './asker.ts';
import { findPod } from './find-pod.ts';
import { type House, operationOf } from './house.ts';
import { surveyed } from './missing.ts';
import type { Choice, NotUnderstood } from './outcome.ts';

export interface Look {
  readonly kind: 'look';
  readonly observation: Observation;
  readonly result: Plan | Refusal;
}

/** Observes the cluster and plans the change. `pod`: where it is settled already which one. */
export async function look(
  house: House,
  connection: Connection,
  service: ServiceConfig,
  request: ChangeRequest,
  asker: Asker,
  pod?: PodRef,
): Promise<Look | Choice | NotUnderstood> {
  const needs = needsOf(request);
  const survey = await surveyed(house, connection, service, needs);
  if (survey.kind !== 'surveyed') return survey;
  const first = survey.observation;
  const found =
    pod === undefined ? await findPod(connection, first.snapshot, request) : { kind: 'found' as const, pod };
  if (found.kind !== 'found') return found;
  const observation = await focus(connection, first, found.pod, needs);
  return {
    kind: 'look',
    observation,
    result: planOf(observation.snapshot, operationOf(house, request, found.pod, asker)),
  };
}
