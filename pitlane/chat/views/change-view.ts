import { format } from '../../command/format.ts';
import type { ChangeRequest } from '../../command/request.ts';
import type { Done, Failed, Unfinished } from '../../operate/outcome.ts';
import type { Operation, Plan, Progress } from '../../rotation/plan.ts';
import { saysMet } from '../../rotation/proof.ts';
import { pasteable } from '../../text/paste.ts';
import { type Block, context, type Message, message, section, sections } from '../blocks/blocks.ts';
import { code, codeBlock, escapeInline, escapeText, peopleIn, person } from '../blocks/escape.ts';
import type { MessageState } from '../blocks/state.ts';
import { clock, seconds } from '../blocks/time.ts';
import { type ChangeReport, unlistedAt } from './change-report.ts';
import type { Setting } from './setting.ts';

const VERBS: Readonly<Record<ChangeRequest['command'], Readonly<Record<'asked' | 'doing' | 'done', string>>>> = {
  drain: { asked: 'Drain', doing: 'Draining', done: 'Drained' },
  restore: { asked: 'Restore', doing: 'Restoring', done: 'Restored' },
  extend: { asked: 'Extend', doing: 'Extending', done: 'More time for' },
  finish: { asked: 'Finish', doing: 'Finishing', done: 'Finished' },
};

/**
 * The first words of the one message of a change, which stay true whatever follows: a process that dies before it has
 * noted where the message stands leaves it as it is, and whoever goes on posts another.
 */
export function askedView(report: ChangeReport, setting: Setting): Message {
  const { operation } = report.plan;
  const heading = `*${VERBS[operation.request.command].asked} ${subject(operation)}*: asked for.`;
  const follows = `How it goes follows; should nothing follow, ${code(`${setting.address} operations`)} tells what became of it.`;
  return message('asked', heading, [section(`${heading}\n${follows}`), context(provenance(report, setting))]);
}

/** The one message of a change while it goes on. */
export function progressView(report: ChangeReport, setting: Setting): Message {
  const { plan } = report;
  const heading = `*${VERBS[plan.operation.request.command].doing} ${subject(plan.operation)}*`;
  const lines =
    report.proof.length > 0
      ? report.proof.map((progress) => progressLine(progress, tookMs(report, progress)))
      : [report.wrote.length === 0 ? '… about to begin' : `… ${escapeText(report.wrote.at(-1) ?? '')}: written`];
  const retrying = report.retrying === undefined ? [] : [section(`⚠ ${escapeText(report.retrying)}`)];
  return message('running', `${heading} …`, [
    section([`${heading} …`, ...lines].join('\n')),
    ...retrying,
    context(provenance(report, setting)),
    ...undoBlocks(plan, setting),
  ]);
}

export function doneView(done: Done, setting: Setting): Message {
  const heading = `*${VERBS[done.operation.request.command].done} ${subject(done.operation)}*`;
  const lines = done.proof.map((progress, index) => progressLine(progress, done.tookMs[index]));
  const { report } = setting;
  return message('done', heading, [
    section([heading, ...lines, ...trafficLine(report)].join('\n')),
    ...sections(done.notes.map((note) => `• ${peopleIn(note)}`)),
    ...effectBlocks(done.plan),
    context(provenance(report ?? { plan: done.plan }, setting)),
    ...undoBlocks(done.plan, setting),
  ]);
}

export function unfinishedView(unfinished: Unfinished, setting: Setting): Message {
  const heading = `*${VERBS[unfinished.operation.request.command].doing} ${subject(unfinished.operation)} is not proven yet*`;
  const explanation = explain(unfinished, setting);
  const lines = unfinished.proof.map((progress) => progressLine(progress, undefined));
  return message(stateOf(unfinished), heading, [
    section([heading, explanation, ...lines, ...trafficLine(setting.report)].join('\n')),
    ...(unfinished.trouble === undefined ? [] : [section(`⚠ ${escapeText(unfinished.trouble)}`)]),
    context(provenance(setting.report ?? { plan: unfinished.plan }, setting)),
    ...(unfinished.left === undefined ? undoBlocks(unfinished.plan, setting) : undoByHand(unfinished.plan.undo)),
  ]);
}

function stateOf({ left, goesOn }: Unfinished): MessageState {
  if (goesOn) return 'goesOn';
  return left === undefined ? 'unfinished' : 'partlyDone';
}

/** How far it is, and who goes on with it. */
function explain({ operation, proof, left, goesOn }: Unfinished, { address }: Setting): string {
  const { request, pod, report } = operation;
  const missing = proof.filter(({ isMet }) => !isMet).length;
  const unseen = `${missing} of ${proof.length} milestones ${missing === 1 ? 'was' : 'were'} not seen in time.`;
  const soFar =
    left === undefined
      ? `Everything is written, but ${unseen}`
      : `It is half done, for ${unseen} Still to do: ${escapeText(left.join('; '))}.`;
  if (goesOn) {
    const ending = report?.ts === undefined ? '' : ' and edits this message';
    return `${soFar} Pitlane goes on by itself within two minutes${ending}; how it goes: ${code(`${address} operations`)}`;
  }
  return left === undefined
    ? `${soFar} See how it stands: ${code(`${address} inspect ${pod.name}`)}`
    : `${soFar} To go on: ${code(`${address} ${format({ ...request, pod: pod.name })}`)}`;
}

export function failedView(failed: Failed, setting: Setting): Message {
  // What fails before the first look knows no operation; the message that it ends has named one.
  const operation = failed.operation ?? setting.report?.plan.operation;
  const heading =
    operation === undefined
      ? '*That did not work*'
      : `*${VERBS[operation.request.command].doing} ${subject(operation)} failed*`;
  const stands =
    failed.stands.length === 0 ? ['Nothing was changed.'] : failed.stands.map((each) => `• ${escapeText(each)}`);
  const reference = setting.reference === undefined ? [] : [context(`reference ${setting.reference}`)];
  return message(failed.stands.length === 0 ? 'nothingChanged' : 'failed', heading, [
    ...sections([heading, escapeText(failed.message), ...stands]),
    ...undoByHand(failed.undo),
    ...reference,
  ]);
}

export function subject(operation: Operation): string {
  return escapeInline(operation.pod.name);
}

/** What else changes, in small print: it was shown in full before the change. */
function effectBlocks(plan: Plan): Block[] {
  return plan.effects.length === 0 ? [] : [context(plan.effects.map((effect) => `• ${escapeText(effect)}`).join('\n'))];
}

/** The command that takes it back, and the kubectl lines that do without pitlane. */
export function undoBlocks(plan: Plan, { address }: Setting): Block[] {
  const { request, pod } = plan.operation;
  const settled = { service: request.service, pod: pod.name, dryRun: false, force: false } as const;
  switch (request.command) {
    case 'drain':
    case 'restore': {
      const opposite = request.command === 'drain' ? 'restore' : 'drain';
      const typed = code(`${address} ${format({ command: opposite, ...settled })}`);
      const byHand = plan.undo.length === 0 ? '' : ` or by hand:\n${codeBlock(pasteable(plan.undo).join('\n'))}`;
      return [section(`Undo: ${typed}${byHand}`)];
    }
    case 'extend':
      return undoByHand(plan.undo);
    case 'finish':
      return [context(NO_WAY_BACK)];
  }
}

/** Of a finish: the one change that nothing takes back. */
const NO_WAY_BACK = 'There is no way back: the pod is deleted.';

/** Of what is half done: the opposite command would be refused. */
export function undoByHand(undo: readonly string[]): Block[] {
  return undo.length === 0 ? [] : [section(`Undo by hand:\n${codeBlock(pasteable(undo).join('\n'))}`)];
}

/** `✓ rng-b85tm is no longer listed (0.2 s)`; `… replacement 1 of 1 created, 0 ready` */
function progressLine(progress: Progress, took: number | undefined): string {
  const { isMet, isLost, seen } = progress;
  if (!isMet) return `${isLost ? '✗' : '…'} ${escapeText(seen)}`;
  return `✓ ${escapeText(saysMet(progress))}${took === undefined ? '' : ` (${seconds(took)})`}`;
}

function tookMs(report: ChangeReport, { milestone }: Progress): number | undefined {
  const at = report.metAt[milestone.title];
  return at === undefined || report.wroteAt === undefined ? undefined : Math.max(0, at - report.wroteAt);
}

/** Endpoint lists are all that pitlane sees of the traffic, and it says no more than that. */
function trafficLine(report: ChangeReport | undefined): string[] {
  const since = report === undefined ? undefined : unlistedAt(report);
  if (since === undefined) return [];
  return [`No longer listed since ${clock(since)}; data planes follow; open connections and background work go on.`];
}

/** Who asked, who confirmed, why, and which risks were set aside. */
function provenance(
  { plan, confirmedBy }: Pick<ChangeReport, 'plan' | 'confirmedBy'>,
  { endOfDrainBy }: Pick<Setting, 'endOfDrainBy'>,
): string {
  const { operation, checks } = plan;
  const { request } = operation;
  const because =
    request.command === 'drain' && request.because !== undefined ? `because ${escapeInline(request.because)}` : '';
  const parts = [
    endOfDrainBy === undefined
      ? `asked by ${person(operation.by)}`
      : `by itself, at the end of its time · drained by ${person(endOfDrainBy)}`,
    confirmedBy === undefined ? '' : `confirmed by ${person(confirmedBy)}`,
    because,
    ...checks.filter(({ level }) => level === 'overridden').map(({ message }) => `overridden: ${escapeText(message)}`),
  ];
  return parts.filter((part) => part !== '').join(' · ');
}
