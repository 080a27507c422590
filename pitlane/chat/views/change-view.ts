import type { Undone } from '../../command/request.ts';
import type { Done, Failed, Unfinished } from '../../operate/outcome.ts';
import { silenceLines } from '../../operate/silence-text.ts';
import { format } from '../../operations/commands.ts';
import { operationNamed } from '../../operations/table.ts';
import { messagesOf } from '../../rotation/effect.ts';
import { type Plan, podsChanged, podsIn, TRAFFIC_LAGS } from '../../rotation/plan.ts';
import { podsToContinue } from '../../rotation/pod-rows.ts';
import { compact } from '../../text/words.ts';
import { context, type Message, message, type Shown, section, sections } from '../blocks/blocks.ts';
import { clock, code, escapeInline, escapeText, mentionFirst, moment, person } from '../blocks/mrkdwn.ts';
import type { MessageState } from '../blocks/state.ts';
import { type ChangeReport, notWritten, proofSoFar, unlistedAt } from './change-report.ts';
import { bounded, namesOf, progressLines, sentencesOf, subjectOf } from './pod-set.ts';
import type { Setting } from './setting.ts';
import { nextBlock, undoBlocks, undoByHand, undoChanged, undoEnded } from './undo-blocks.ts';

/**
 * The first text of the one message of a change. It must stay true whatever follows: if the process dies before it has
 * recorded the message, this text remains and the tick posts another message.
 */
export function askedView(report: ChangeReport, setting: Setting): Message {
  const heading = `*${headingOf(report.plan, 'doing')}*`;
  const follows = `Progress appears here. If it doesn't, run ${code(`${setting.address} operations`)}.`;
  const lines = [heading, ...namesOf(podsChanged(report.plan)), follows];
  return message('asked', heading, [section(lines.join('\n')), context(provenance(report, setting))]);
}

export function progressView(report: ChangeReport, setting: Setting): Message {
  const { plan, wrote, retrying } = report;
  const heading = `*${headingOf(plan, 'doing')}* …`;
  const isSet = podsIn(plan.operation.subject).length > 1;
  const proof = isSet && wrote.length > 0 ? proofSoFar(report) : report.proof;
  const tookMs = (key: string) => {
    const at = report.metAt[key];
    return at === undefined || report.wroteAt === undefined ? undefined : Math.max(0, at - report.wroteAt);
  };
  const lines =
    proof.length > 0
      ? progressLines(plan, {
          proof,
          left: notWritten(report),
          tookMs: proof.map(({ milestone }) => tookMs(milestone.key)),
        })
      : [wrote.length === 0 ? '… starting' : `✓ ${escapeText(wrote.at(-1) ?? '')}`];
  return message('running', heading, [
    section([heading, ...namesOf(podsChanged(plan)), ...lines].join('\n')),
    retrying !== undefined && section(`⚠ ${escapeText(retrying)}`),
    leftOutBlocks(plan),
    context(provenance(report, setting)),
    undoBlocks(plan, setting, isSet ? notWritten(report) : []),
  ]);
}

export function doneView({ plan, proof, tookMs, notes, silence }: Done, setting: Setting): Message {
  const { report } = setting;
  const heading = `*${headingOf(plan, 'done')}*`;
  const lines = progressLines(plan, { proof, tookMs });
  const traffic = trafficLine(report);
  const texts = messagesOf(plan.effects);
  const unsaid = traffic.length === 0 ? texts : texts.filter((text) => !text.endsWith(TRAFFIC_LAGS));
  // In small print: the proposal has shown the effects in full.
  const effects = bounded(unsaid.map((text) => `• ${escapeText(text)}`));
  return message('done', heading, [
    section([heading, ...namesOf(podsChanged(plan)), ...lines, ...traffic, ...silenceOf(silence)].join('\n')),
    leftOutBlocks(plan),
    sections(bounded(notes.map((note) => `• ${mentionFirst(note)}`))),
    // The effects are in the tense of the plan.
    effects.length > 0 && context(['From the plan:', ...effects].join('\n')),
    nextBlock(plan),
    context(provenance(report ?? { plan }, setting)),
    undoEnded(plan, setting),
  ]);
}

export function unfinishedView(unfinished: Unfinished, setting: Setting): Message {
  const { plan, left, goesOn, trouble, silence } = unfinished;
  const state = goesOn ? 'goesOn' : left === undefined ? 'unfinished' : 'partlyDone';
  const heading = `*${headingOf(plan, 'doing')}: ${HEADINGS[state]}*`;
  const lines = progressLines(plan, unfinished);
  const traffic = [...trafficLine(setting.report), ...silenceOf(silence)];
  return message(state, heading, [
    section([heading, explain(unfinished, setting), ...lines, ...traffic].join('\n')),
    trouble !== undefined && section(`⚠ ${escapeText(trouble)}`),
    leftOutBlocks(plan),
    context(provenance(setting.report ?? { plan }, setting)),
    undoUnfinished(unfinished, setting),
  ]);
}

/** The opposite of a single pod that is half changed would be refused. */
function undoUnfinished({ plan, left, goesOn }: Unfinished, setting: Setting): Shown {
  if (left !== undefined && podsIn(plan.operation.subject).length <= 1) return undoByHand(plan.undo);
  return goesOn ? undoChanged(plan, setting, left) : undoEnded(plan, setting, left);
}

const HEADINGS = { goesOn: 'still in progress', unfinished: 'not verified', partlyDone: 'partly done' } as const;

/** How far it got, and how it continues. */
function explain({ operation, plan, proof, left, goesOn }: Unfinished, { address }: Setting): string {
  const pods = podsChanged(plan);
  const isSet = podsIn(operation.subject).length > 1;
  const missing = proof.filter(({ isMet }) => !isMet).length;
  const unmet = isSet
    ? 'not all pods were done in time.'
    : `${missing} of ${proof.length} checks did not pass in time.`;
  const todo = left === undefined || isSet ? '' : ` Still to do: ${escapeText(bounded(left).join('; '))}.`;
  const soFar = left === undefined ? `All changes are made, but ${unmet}` : `${capital(unmet)}${todo}`;
  if (goesOn) {
    const edits = operation.report?.ts === undefined ? '' : ' and updates this message';
    return `${soFar} Pitlane continues within two minutes${edits}. Progress: ${code(`${address} operations`)}`;
  }
  const look = isSet || pods[0] === undefined ? 'list' : `inspect ${pods[0].name}`;
  if (left === undefined) return `${soFar} Check the state: ${code(`${address} ${look}`)}`;
  const { selector: _, node: __, ...request } = operation.request;
  const command = code(`${address} ${format({ ...request, pods: podsToContinue(plan, left) })}`);
  const again = command.length <= LONGEST_COMMAND ? command : 'type the command again with the pods that are not done.';
  return `${soFar} To continue: ${again}`;
}

/** Longer ones are a wall of text. */
const LONGEST_COMMAND = 500;

export function failedView(failed: Failed, setting: Setting): Message {
  const { report } = setting;
  // A request that fails before the first look has no operation, but the message in progress names one.
  const operation = failed.operation ?? report?.plan.operation;
  const plan = report?.plan ?? (operation && { operation, checks: [] });
  const heading = plan === undefined ? '*The request failed*' : `*${headingOf(plan, 'doing')} failed*`;
  const changes = failed.stands.map((each) => `• ${escapeText(each)}`);
  const stands = changes.length === 0 ? ['Nothing was changed.'] : bounded(changes, MOST_STANDING);
  return message(stateOfFailed(failed), heading, [
    sections([heading, escapeText(failed.message), ...stands]),
    undoFailed(failed, setting),
    setting.reference !== undefined && context(`Reference: ${setting.reference}`),
  ]);
}

function stateOfFailed({ stands, isRetried, isUncertain }: Failed): MessageState {
  if (isRetried) return 'failedForNow';
  if (stands.length === 0) return 'nothingChanged';
  return isUncertain ? 'failedUnknown' : 'failed';
}

const MOST_STANDING = 6;

function undoFailed({ undo, stands, operation }: Failed, setting: Setting): Shown {
  const { report } = setting;
  const isSet = operation !== undefined && podsIn(operation.subject).length > 1;
  if (!isSet || report === undefined) return undoByHand(undo);
  return stands.length > 0 && undoEnded(report.plan, setting, notWritten(report));
}

/** `Draining rng-b85tm`; escaped. */
function headingOf(plan: Pick<Plan, 'operation' | 'checks'>, word: 'doing' | 'done'): string {
  return `${operationNamed(plan.operation.request.command).words[word]} ${subjectOf(plan)}`;
}

/** The pods that were refused while others were not. */
function leftOutBlocks(plan: Plan): Shown {
  return sections(sentencesOf(plan, 'leftOut', mentionFirst).map((text) => `✗ left out: ${text}`));
}

/** Pitlane sees endpoints and no traffic, so it promises no more. */
function trafficLine(report: ChangeReport | undefined): string[] {
  const since = report && unlistedAt(report);
  if (since === undefined) return [];
  return [`Out of the endpoints since ${clock(since)}. ${TRAFFIC_LAGS}`];
}

function silenceOf(silence: Done['silence']): readonly string[] {
  return silenceLines(silence).map(escapeText);
}

/** Who asked, who confirmed, why, and which refusals were overridden. */
function provenance(
  { plan, confirmedBy }: Pick<ChangeReport, 'plan' | 'confirmedBy'>,
  { endOfDrainBy }: Pick<Setting, 'endOfDrainBy'>,
): string {
  const { request, by } = plan.operation;
  return compact(
    endOfDrainBy === undefined
      ? `asked by ${person(by)}`
      : `automatic: the time is up · set by ${person(endOfDrainBy)}`,
    confirmedBy !== undefined && `confirmed by ${person(confirmedBy)}`,
    request.undoes !== undefined && undoneText(request.undoes),
    request.because !== undefined && `because ${escapeInline(request.because)}`,
    ...sentencesOf(plan, 'overridden', escapeText).map((text) => `overridden: ${text}`),
  ).join(' · ');
}

/** The operation that this one undoes; escaped. */
function undoneText({ id, what, by, at, except }: Undone): string {
  const rest = except === undefined ? '' : `, except ${escapeInline(except)}`;
  return `Undo of ${escapeInline(what)} (${code(id)}) by ${person(by)} ${moment(at)}${rest}`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
