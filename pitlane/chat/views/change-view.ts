import { format } from '../../command/format.ts';
import type { ChangeRequest } from '../../command/request.ts';
import type { Done, Failed, Unfinished } from '../../operate/outcome.ts';
import type { Operation, Plan, Progress } from '../../rotation/plan.ts';
import { saysMet } from '../../rotation/proof.ts';
import { pasteable } from '../../text/paste.ts';
import { type Block, context, type Message, message, section, sections } from '../blocks/blocks.ts';
import { code, codeBlock, escapeInline, escapeText, mentionFirst, person } from '../blocks/escape.ts';
import { clock, seconds } from '../blocks/time.ts';
import { type ChangeReport, unlistedAt } from './change-report.ts';
import type { Setting } from './setting.ts';

const VERBS: Readonly<Record<ChangeRequest['command'], Readonly<Record<'doing' | 'done', string>>>> = {
  drain: { doing: 'Draining', done: 'Drained' },
  restore: { doing: 'Restoring', done: 'Restored' },
  extend: { doing: 'Extending', done: 'Extended' },
  finish: { doing: 'Finishing', done: 'Finished' },
};

/**
 * The first text of the one message of a change. It must stay true whatever follows: if the process dies before it has
 * recorded the message, this text remains and the tick posts another message.
 */
export function askedView(report: ChangeReport, setting: Setting): Message {
  const { operation } = report.plan;
  const heading = `*${VERBS[operation.request.command].doing} ${subject(operation)}*`;
  const follows = `Progress appears here. If it doesn't, run ${code(`${setting.address} operations`)}.`;
  return message('asked', heading, [section(`${heading}\n${follows}`), context(provenance(report, setting))]);
}

/** The one message of a change while it is in progress. */
export function progressView(report: ChangeReport, setting: Setting): Message {
  const { plan } = report;
  const heading = `*${VERBS[plan.operation.request.command].doing} ${subject(plan.operation)}*`;
  const lines =
    report.proof.length > 0
      ? report.proof.map((progress) => progressLine(progress, tookMs(report, progress)))
      : [report.wrote.length === 0 ? '… starting' : `✓ ${escapeText(report.wrote.at(-1) ?? '')}`];
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
    ...sections(done.notes.map((note) => `• ${mentionFirst(note)}`)),
    ...effectBlocks(done.plan),
    context(provenance(report ?? { plan: done.plan }, setting)),
    ...undoBlocks(done.plan, setting),
  ]);
}

export function unfinishedView(unfinished: Unfinished, setting: Setting): Message {
  const state = stateOf(unfinished);
  const heading = `*${VERBS[unfinished.operation.request.command].doing} ${subject(unfinished.operation)}: ${HEADINGS[state]}*`;
  const explanation = explain(unfinished, setting);
  const lines = unfinished.proof.map((progress) => progressLine(progress, undefined));
  return message(state, heading, [
    section([heading, explanation, ...lines, ...trafficLine(setting.report)].join('\n')),
    ...(unfinished.trouble === undefined ? [] : [section(`⚠ ${escapeText(unfinished.trouble)}`)]),
    context(provenance(setting.report ?? { plan: unfinished.plan }, setting)),
    ...(unfinished.left === undefined ? undoBlocks(unfinished.plan, setting) : undoByHand(unfinished.plan.undo)),
  ]);
}

const HEADINGS = { goesOn: 'still in progress', unfinished: 'not verified', partlyDone: 'partly done' } as const;

function stateOf({ left, goesOn }: Unfinished): keyof typeof HEADINGS {
  if (goesOn) return 'goesOn';
  return left === undefined ? 'unfinished' : 'partlyDone';
}

/** How far it got, and how it continues. */
function explain({ operation, proof, left, goesOn }: Unfinished, { address }: Setting): string {
  const { request, pod, report } = operation;
  const missing = proof.filter(({ isMet }) => !isMet).length;
  const unmet = `${missing} of ${proof.length} checks did not pass in time.`;
  const soFar =
    left === undefined ? `All changes are made, but ${unmet}` : `${unmet} Still to do: ${escapeText(left.join('; '))}.`;
  if (goesOn) {
    const edits = report?.ts === undefined ? '' : ' and updates this message';
    return `${soFar} Pitlane continues within two minutes${edits}. Progress: ${code(`${address} operations`)}`;
  }
  return left === undefined
    ? `${soFar} Check the state: ${code(`${address} inspect ${pod.name}`)}`
    : `${soFar} To continue: ${code(`${address} ${format({ ...request, pod: pod.name })}`)}`;
}

export function failedView(failed: Failed, setting: Setting): Message {
  // A request that fails before the first look has no operation, but the message in progress names one.
  const operation = failed.operation ?? setting.report?.plan.operation;
  const heading =
    operation === undefined
      ? '*The request failed*'
      : `*${VERBS[operation.request.command].doing} ${subject(operation)} failed*`;
  const stands =
    failed.stands.length === 0 ? ['Nothing was changed.'] : failed.stands.map((each) => `• ${escapeText(each)}`);
  const reference = setting.reference === undefined ? [] : [context(`Reference: ${setting.reference}`)];
  return message(failed.stands.length === 0 ? 'nothingChanged' : 'failed', heading, [
    ...sections([heading, escapeText(failed.message), ...stands]),
    ...undoByHand(failed.undo),
    ...reference,
  ]);
}

export function subject(operation: Operation): string {
  return escapeInline(operation.pod.name);
}

/** In small print: the proposal has shown the effects in full. */
function effectBlocks(plan: Plan): Block[] {
  return plan.effects.length === 0 ? [] : [context(plan.effects.map((effect) => `• ${escapeText(effect)}`).join('\n'))];
}

/** The command that undoes the change, and the kubectl lines that do so without Pitlane. */
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
      return [context('This cannot be undone.')];
  }
}

/** For a change that is partly done, where the opposite command would be refused. */
export function undoByHand(undo: readonly string[]): Block[] {
  return undo.length === 0 ? [] : [section(`Undo by hand:\n${codeBlock(pasteable(undo).join('\n'))}`)];
}

/** `✓ rng-b85tm is out of the endpoints (0.2 s)`; `… replacement 1 of 1 created, 0 ready` */
function progressLine(progress: Progress, took: number | undefined): string {
  const { isMet, isLost, seen } = progress;
  if (!isMet) return `${isLost ? '✗' : '…'} ${escapeText(seen)}`;
  return `✓ ${escapeText(saysMet(progress))}${took === undefined ? '' : ` (${seconds(took)})`}`;
}

function tookMs(report: ChangeReport, { milestone }: Progress): number | undefined {
  const at = report.metAt[milestone.title];
  return at === undefined || report.wroteAt === undefined ? undefined : Math.max(0, at - report.wroteAt);
}

/** Pitlane sees endpoints and no traffic, so it promises no more. */
function trafficLine(report: ChangeReport | undefined): string[] {
  const since = report === undefined ? undefined : unlistedAt(report);
  if (since === undefined) return [];
  return [
    `Out of the endpoints since ${clock(since)}. Load balancers catch up within seconds; open connections and background work continue.`,
  ];
}

/** Who asked, who confirmed, why, and which refusals were overridden. */
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
      : `automatic: the time of the drain is up · drained by ${person(endOfDrainBy)}`,
    confirmedBy === undefined ? '' : `confirmed by ${person(confirmedBy)}`,
    because,
    ...checks.filter(({ level }) => level === 'overridden').map(({ message }) => `overridden: ${escapeText(message)}`),
  ];
  return parts.filter((part) => part !== '').join(' · ');
}
