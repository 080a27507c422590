import { dump } from 'js-yaml';
import type { Connection } from '../cluster/connection.ts';
import { inspectPod } from '../cluster/evidence.ts';
import { listLabels } from '../cluster/list.ts';
import { focus } from '../cluster/observe.ts';
import { fromOnePage } from '../cluster/one-page.ts';
import type { Patience } from '../cluster/retry.ts';
import { tolerateErrors } from '../cluster/tolerate.ts';
import type { InspectRequest, ReadRequest, SpreadManifestRequest } from '../command/request.ts';
import { findingsOf } from '../evidence/findings.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { help } from '../operations/commands.ts';
import { daemonSetOf } from '../operations/spread/manifest.ts';
import { chooseDeployment } from '../operations/spread/view.ts';
import { needsOf, roleFor } from '../operations/table.ts';
import { memberLabels, memberOf } from '../rotation/membership.ts';
import type { ContainerReport } from '../rotation/pod-report.ts';
import { ifSeen, type Pod, type Snapshot } from '../rotation/snapshot.ts';
import { compact } from '../text/words.ts';
import type { Asker, Reporter } from './asker.ts';
import { drained } from './drained.ts';
import { eventsSince, evidence } from './evidence.ts';
import { findPod, type PodRequest } from './find-pods.ts';
import { gateReport } from './gate.ts';
import type { House, OpenService } from './house.ts';
import { canariesListed, listed, selectsNothing } from './listing.ts';
import { readLogs, sourcesOf } from './logs.ts';
import { surveyed } from './missing.ts';
import { cancelOperation, listChanges, listOperations } from './operations.ts';
import type { Inspected, ManifestReport, NotUnderstood, Outcome } from './outcome.ts';
import { notUnderstood } from './problems.ts';
import { schedulesReport } from './schedules.ts';
import { readTakenOut } from './taken-out.ts';
import type { Pitlane } from './use-case.ts';

export interface Reading {
  readonly house: House;
  readonly pitlane: Pick<Pitlane, 'resume'>;
  readonly asker: Asker;
  readonly patience: Patience;
  /** Connects to the cluster of the request's service, as the asker. */
  readonly inService: (work: (opened: OpenService) => Promise<Outcome>) => Promise<Outcome>;
  readonly reporterOf: ((entry: JournalEntry) => Reporter) | undefined;
}

type Answer<R extends ReadRequest> = (reading: Reading, request: R) => Promise<Outcome>;

const ANSWERS: { readonly [C in ReadRequest['command']]: Answer<Extract<ReadRequest, { command: C }>> } = {
  help: async (_, request) => ({ kind: 'helped', text: help(request) }),
  drained: async ({ house, asker, patience }, request) => {
    const connect = (cluster: string) => house.connect(cluster, { ...asker, role: roleFor(request) });
    return drained({ ...house, connect }, request, patience);
  },
  list: seeing(
    async ({ connection }, snapshot, request) =>
      listed(snapshot, request, await labelsAround(connection, snapshot), await readTakenOut(connection, snapshot)),
    ({ connection, service }) => fromOnePage(connection, service.namespace),
  ),
  'canary list': seeing(async (_, snapshot) => canariesListed(snapshot)),
  inspect: seeingPod((opened, snapshot, pod, request) => inspect(opened, snapshot, pod, request)),
  logs: seeing(async ({ connection }, snapshot, request) => {
    const sources = await sourcesOf(connection, snapshot, request);
    return sources.kind === 'sources' ? readLogs(connection, sources) : sources;
  }),
  evidence: seeingPod((opened, snapshot, pod, { sinceSeconds }) => evidence(opened, snapshot, pod, sinceSeconds)),
  gate: ({ inService }, request) => inService((opened) => focused(opened, request, gateReport)),
  'spread manifest': ({ inService }, request) =>
    inService((opened) => focused(opened, request, (snapshot) => manifestReport(snapshot, request))),
  'schedule list': ({ inService }, request) => inService((opened) => focused(opened, request, schedulesReport)),
  operations: ({ inService }) => inService(listOperations),
  history: ({ inService }, request) => inService((opened) => listChanges(opened, request)),
  cancel: ({ pitlane, asker, patience, inService, reporterOf }, request) =>
    inService(async (opened) => {
      const { deadline } = patience;
      const cancelling = await cancelOperation(opened, request, asker, deadline);
      if (cancelling.kind === 'notUnderstood') return cancelling;
      const { entry } = cancelling;
      // If this door can't edit its report, the tick ends it.
      const isReported = reporterOf === undefined && entry.report?.ts !== undefined;
      if (cancelling.kind === 'told' || isReported) return { kind: 'cancelled', entry, undo: [] };
      const reporter = reporterOf && { reporter: reporterOf(entry) };
      return pitlane.resume(opened.service.key, entry, false, { deadline, ...reporter });
    }),
};

/** Answers a request that changes nothing in the service. */
export function answerRead(reading: Reading, request: ReadRequest): Promise<Outcome> {
  return (ANSWERS[request.command] as Answer<ReadRequest>)(reading, request);
}

/** An answer about the service itself, with all that it needs. */
async function focused(
  opened: OpenService,
  request: ReadRequest,
  report: (snapshot: Snapshot) => Outcome,
): Promise<Outcome> {
  const needs = needsOf(request);
  const survey = await surveyed(opened, needs);
  if (survey.kind !== 'surveyed') return survey;
  const { name, uid } = survey.observation.snapshot.service;
  const subject = { kind: 'service', service: { kind: 'Service', name, uid } } as const;
  return report((await focus(opened.connection, survey.observation, subject, needs)).snapshot);
}

/** An answer that begins with an observation of the service and its pods. */
function seeing<R extends ReadRequest>(
  answer: (opened: OpenService, snapshot: Snapshot, request: R) => Promise<Outcome>,
  reading: (opened: OpenService) => Connection = ({ connection }) => connection,
): Answer<R> {
  return ({ inService }, request) =>
    inService(async (given) => {
      const opened = { ...given, connection: reading(given) };
      const survey = await surveyed(opened, needsOf(request));
      return survey.kind === 'surveyed' ? answer(opened, survey.observation.snapshot, request) : survey;
    });
}

/** An answer about one pod, which the person may have to choose first. */
function seeingPod<R extends ReadRequest & PodRequest>(
  answer: (opened: OpenService, snapshot: Snapshot, pod: Pod, request: R) => Promise<Outcome>,
): Answer<R> {
  return seeing(async (opened, snapshot, request) => {
    const found = await findPod(opened.connection, snapshot, request);
    return found.kind === 'found' ? answer(opened, snapshot, found.pod, request) : found;
  });
}

/** The labels of the namespace's pods, if the service selects none of them. */
async function labelsAround(connection: Connection, snapshot: Snapshot) {
  if (!selectsNothing(snapshot)) return undefined;
  const labels = await tolerateErrors(listLabels(connection, { namespace: snapshot.service.namespace, maxPages: 1 }));
  return labels.kind === 'seen' ? labels.value.items : [];
}

async function inspect(
  { connection, service: { namespace }, house }: OpenService,
  snapshot: Snapshot,
  pod: Pod,
  { sinceSeconds }: InspectRequest,
): Promise<Inspected | NotUnderstood> {
  const { service } = snapshot;
  const members = memberLabels(service, snapshot.policy);
  const look = await inspectPod(connection, { namespace, service: service.name, members }, pod);
  const member = look && memberOf(snapshot, look.report.pod);
  const { detail } = look?.report.pod ?? {};
  if (look === undefined || detail === undefined || member === undefined) {
    return notUnderstood('PodGone', `${pod.name} is gone, or left ${service.name}.`);
  }
  const { report, around } = look;
  const events = eventsSince(ifSeen(look.events) ?? [], sinceSeconds, house.now());
  const findings = findingsOf({ report, events, around, at: house.now() });
  return {
    kind: 'inspected',
    service,
    at: snapshot.at,
    member,
    detail,
    containers: report.containers.map(reportOf),
    conditions: report.conditions,
    findings,
    endpoints: snapshot.endpoints.filter((endpoint) => endpoint.pod?.uid === pod.uid),
    events,
  };
}

function reportOf({ name, image, state, restarts, requests, limits, lastTermination }: ContainerReport) {
  return { name, image, state, restarts, requests, limits, ...(lastTermination && { lastTermination }) };
}

function manifestReport(snapshot: Snapshot, request: SpreadManifestRequest): ManifestReport | NotUnderstood {
  const chosen = chooseDeployment(snapshot, request);
  if (!('deployment' in chosen)) {
    const message = chosen.map((check) => check.message).join(' ');
    return notUnderstood('NoWorkload', message, compact(...chosen.map(({ instead }) => instead)));
  }
  const manifest = daemonSetOf(snapshot, chosen.deployment);
  return { kind: 'manifest', what: `DaemonSet ${chosen.name}`, manifest, text: dump(manifest) };
}
