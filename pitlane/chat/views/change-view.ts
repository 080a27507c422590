import type { Done, Failed, Unfinished } from '../../operate/outcome.ts';
import { format } from '../../operations/commands.ts';
import { operationNamed, oppositeOf } from '../../operations/table.ts';
import { type Operation, type Plan, type Progress, podsIn, subjectText } from '../../rotation/plan.ts';
import { pasteable } from '../../text/paste.ts';
import { type Block, context, type Message, message, section, sections } from '../blocks/blocks.ts';
import { code, codeBlock, escapeInline, escapeText, mentionFirst, person } from '../blocks/escape.ts';
import { clock } from '../blocks/time.ts';
import { type ChangeReport, unlistedAt } from './change-report.ts';
import { bounded, progressLines } from './progress-lines.ts';
import type { Setting } from './setting.ts';

/**
 * The first text of the one message of a change. It must stay true whatever follows: if the process dies before it has
 * recorded the message, this text remains and the tick posts another message.
 */
export function askedView(report: ChangeReport, setting: Setting): Message {
  const { operation } = report.plan;
  const heading = `*${wordsOf(operation).doing} ${subject(operation)}*`;
  const follows = `Progress appears here. If it doesn't, run ${code(`${setting.address} operations`)}.`;
  return message('asked', heading, [section(`${heading}\n${follows}`), context(provenance(report, setting))]);
}

/** The one message of a change while it is in progress. */
export function progressView(report: ChangeReport, setting: Setting): Message {
  const { plan } = report;
  const heading = `*${wordsOf(plan.operation).doing} ${subject(plan.operation)}*`;
  const lines =
    report.proof.length > 0
      ? progressLines(report.proof, (progress) => tookMs(report, progress))
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
  const heading = `*${wordsOf(done.operation).done} ${subject(done.operation)}*`;
  const lines = progressLines(done.proof, (_, index) => done.tookMs[index]);
  const { report } = setting;
  return message('done', heading, [
    section([heading, ...lines, ...trafficLine(report)].join('\n')),
    ...leftOutBlocks(done.plan),
    ...sections(done.notes.map((note) => `• ${mentionFirst(note)}`)),
    ...effectBlocks(done.plan),
    context(provenance(report ?? { plan: done.plan }, setting)),
    ...undoBlocks(done.plan, setting),
  ]);
}

export function unfinishedView(unfinished: Unfinished, setting: Setting): Message {
  const state = stateOf(unfinished);
  const heading = `*${wordsOf(unfinished.operation).doing} ${subject(unfinished.operation)}: ${HEADINGS[state]}*`;
  const explanation = explain(unfinished, setting);
  const lines = progressLines(unfinished.proof, () => undefined);
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
  const { request, subject, report } = operation;
  const pods = podsIn(subject).map(({ name }) => name);
  const look = pods.length === 1 ? `inspect ${pods[0]}` : 'operations';
  const missing = proof.filter(({ isMet }) => !isMet).length;
  const unmet = `${missing} of ${proof.length} checks did not pass in time.`;
  const soFar =
    left === undefined ? `All changes are made, but ${unmet}` : `${unmet} Still to do: ${escapeText(left.join('; '))}.`;
  if (goesOn) {
    const edits = report?.ts === undefined ? '' : ' and updates this message';
    return `${soFar} Pitlane continues within two minutes${edits}. Progress: ${code(`${address} operations`)}`;
  }
  return left === undefined
    ? `${soFar} Check the state: ${code(`${address} ${look}`)}`
    : `${soFar} To continue: ${code(`${address} ${format({ ...request, ...(pods.length > 0 && { pods }) })}`)}`;
}

export function failedView(failed: Failed, setting: Setting): Message {
  // A request that fails before the first look has no operation, but the message in progress names one.
  const operation = failed.operation ?? setting.report?.plan.operation;
  const heading =
    operation === undefined ? '*The request failed*' : `*${wordsOf(operation).doing} ${subject(operation)} failed*`;
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
  return escapeInline(subjectText(operation.subject));
}

/** The pods that were refused while others were not. */
function leftOutBlocks({ checks }: Plan): Block[] {
  const said = checks
    .filter(({ level }) => level === 'leftOut')
    .map(({ message: text }) => `✗ left out: ${mentionFirst(text)}`);
  return sections(bounded([...new Set(said)]));
}

function wordsOf({ request }: Operation) {
  return operationNamed(request.command).words;
}

/** In small print: the proposal has shown the effects in full. */
function effectBlocks(plan: Plan): Block[] {
  return plan.effects.length === 0 ? [] : [context(plan.effects.map((effect) => `• ${escapeText(effect)}`).join('\n'))];
}

/** The command that undoes the change, and the kubectl lines that do so without Pitlane. */
export function undoBlocks(plan: Plan, { address }: Setting): Block[] {
  const { request, subject } = plan.operation;
  const { cannotBeUndone } = operationNamed(request.command);
  if (cannotBeUndone !== undefined) return [context(cannotBeUndone)];
  const pods = podsIn(subject).map(({ name }) => name);
  const opposite = oppositeOf(request, pods);
  if (opposite === undefined) return undoByHand(plan.undo);
  const isShort = pods.length <= MOST_TYPED || subject.kind === 'service' || subject.by === undefined;
  const typed = isShort ? format(opposite) : `${opposite.command} ${subject.by}`;
  const byHand = plan.undo.length === 0 ? '' : ` or by hand:\n${codeBlock(pasteable(plan.undo).join('\n'))}`;
  return [section(`Undo: ${code(`${address} ${typed}`)}${byHand}`)];
}

/** With more pods, their names make the line too long. */
const MOST_TYPED = 10;

/** For a change that is partly done, where the opposite command would be refused. */
export function undoByHand(undo: readonly string[]): Block[] {
  return undo.length === 0 ? [] : [section(`Undo by hand:\n${codeBlock(pasteable(undo).join('\n'))}`)];
}

function tookMs(report: ChangeReport, { milestone }: Progress): number | undefined {
  const at = report.metAt[milestone.key];
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
  const because = request.because !== undefined ? `because ${escapeInline(request.because)}` : '';
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
