import type { Connection } from '../cluster/connection.ts';
import { inspectPod } from '../cluster/inspect.ts';
import { listLabels } from '../cluster/list.ts';
import { tolerateErrors } from '../cluster/tolerate.ts';
import type { InspectRequest, ListRequest, LogsRequest } from '../command/request.ts';
import type { ServiceConfig } from '../config/config.ts';
import { redact } from '../evidence/redact.ts';
import { needsOf } from '../operations/plan-of.ts';
import { memberOf } from '../rotation/membership.ts';
import type { ContainerReport } from '../rotation/pod-report.ts';
import type { Snapshot } from '../rotation/snapshot.ts';
import { findPod } from './find-pod.ts';
import type { House } from './house.ts';
import { listed, selectsNothing } from './listing.ts';
import { readLogs, sourcesOf } from './logs.ts';
import { surveyed } from './missing.ts';
import type { Choice, Inspected, NotUnderstood, ReadOutcome } from './outcome.ts';

export type ReadRequest = ListRequest | InspectRequest | LogsRequest;

/** Answers a request that changes nothing. */
export async function read(
  house: House,
  connection: Connection,
  service: ServiceConfig,
  request: ReadRequest,
): Promise<ReadOutcome | Choice | NotUnderstood> {
  const survey = await surveyed(house, connection, service, needsOf(request));
  if (survey.kind !== 'surveyed') return survey;
  const { snapshot } = survey.observation;
  switch (request.command) {
    case 'list':
      return listed(snapshot, request, await labelsAround(connection, snapshot));
    case 'inspect':
      return inspect(connection, snapshot, request);
    case 'logs': {
      const sources = await sourcesOf(connection, snapshot, request);
      return sources.kind === 'sources' ? readLogs(connection, sources) : sources;
    }
  }
}

/** Of the namespace's pods, where the service selects none of them. */
async function labelsAround(connection: Connection, snapshot: Snapshot) {
  if (!selectsNothing(snapshot)) return undefined;
  const labels = await tolerateErrors(listLabels(connection, { namespace: snapshot.service.namespace, maxPages: 1 }));
  return labels.kind === 'seen' ? labels.value.items : [];
}

async function inspect(
  connection: Connection,
  snapshot: Snapshot,
  request: InspectRequest,
): Promise<Inspected | Choice | NotUnderstood> {
  const found = await findPod(connection, snapshot, request);
  if (found.kind !== 'found') return found;
  const { service } = snapshot;
  const look = await inspectPod(connection, service.namespace, found.pod);
  const member = look && memberOf(snapshot, look.pod);
  if (look?.pod.detail === undefined || member === undefined) {
    return { kind: 'notUnderstood', message: `${found.pod.name} is gone, or left ${service.name}.`, instead: ['list'] };
  }
  return {
    kind: 'inspected',
    service,
    at: snapshot.at,
    member,
    detail: look.pod.detail,
    containers: look.containers.map(withoutSecrets),
    conditions: look.conditions,
    endpoints: snapshot.endpoints.filter(({ pod }) => pod?.uid === look.pod.uid),
    events: look.events,
  };
}

/** The last words of a container may be the end of its log (`terminationMessagePolicy`), which not everybody may read. */
function withoutSecrets(container: ContainerReport): ContainerReport {
  const { lastTermination } = container;
  if (lastTermination?.message === undefined) return container;
  return { ...container, lastTermination: { ...lastTermination, message: redact(lastTermination.message) } };
}
