import type { ChangeRequest } from '../pitlane/command/request.ts';
import type { Done, Proposal, Unfinished } from '../pitlane/operate/outcome.ts';
import { silenceLines } from '../pitlane/operate/silence-text.ts';
import { undoText } from '../pitlane/operations/as-undo.ts';
import { format } from '../pitlane/operations/commands.ts';
import { askText, operationNamed, oppositeOf } from '../pitlane/operations/table.ts';
import { messagesOf } from '../pitlane/rotation/effect.ts';
import {
  type Check,
  changedText,
  changesNothing,
  type Plan,
  type Progress,
  podsChanged,
  podsIn,
  podsLeftOut,
  type Refusal,
} from '../pitlane/rotation/plan.ts';
import { podOf, podRows, podsToContinue, refusedRows } from '../pitlane/rotation/pod-rows.ts';
import { sharedFindings, sharedProof, sharedSteps, titlesOf } from '../pitlane/rotation/shared-text.ts';
import type { Colour } from '../pitlane/text/table.ts';
import { count } from '../pitlane/text/words.ts';
import { bounded, podTable, progressText, seconds } from './render-pods.ts';
import { insteadLines, type Style, section, typed, undoLines } from './style.ts';

const LEVELS: Readonly<Record<Check['level'], readonly [word: string, colour: Colour]>> = {
  ok: ['ok', 'green'],
  warning: ['warning', 'yellow'],
  refusal: ['refused', 'red'],
  overridden: ['forced', 'yellow'],
  leftOut: ['left out', 'red'],
};

export function renderRefusal(refusal: Refusal, style: Style): readonly string[] {
  const { operation, isForceable } = refusal;
  const { request, subject } = operation;
  const refused = sharedFindings(refusal).filter(({ level }) => level === 'refusal');
  return [
    style.paint('bold', `Can't ${askText(request)} ${changedText(refusal)}. Nothing was changed.`),
    ...findingLines(refusal, style),
    ...(refused.length > 1 && podsIn(subject).length > 1 ? podTable(refusedRows(refusal), style) : []),
    ...(isForceable ? ['--force overrides this.'] : []),
  ];
}

export function renderProposal({ plan, why, tried = [] }: Proposal, style: Style): readonly string[] {
  const { request } = plan.operation;
  const closing: Readonly<Record<Proposal['why'], string>> = {
    dryRun: 'Dry run: nothing was changed.',
    needsConfirmation: 'Nothing was changed yet: this plan needs a confirmation.',
    changed: 'The plan changed before the first write. Confirm it again to proceed.',
  };
  return [
    style.paint('bold', `${operationNamed(request.command).words.ask} ${aboutText(plan)}`),
    ...planLines(plan, style),
    ...section('Server-side dry run', bounded(tried, style), style),
    closing[why],
  ];
}

/** `rng-b85tm of rng`, `Service rng` */
function aboutText(plan: Plan): string {
  const { request, subject } = plan.operation;
  return subject.kind === 'service' ? changedText(plan) : `${changedText(plan)} of ${request.service}`;
}

/** The checks, effects, steps and proof of a plan. */
function planLines(plan: Plan, style: Style): readonly string[] {
  const { cannotBeUndone } = operationNamed(plan.operation.request.command);
  const isAboutSeveral = podsIn(plan.operation.subject).length > 1;
  const titles = isAboutSeveral ? sharedSteps(plan) : stepsWithWaits(plan);
  const steps = titles.map((step, index) => `${index + 1}. ${step}`);
  const proof = sharedProof(plan, ({ title, withinSeconds }) => `${title} (within ${withinSeconds} s)`);
  return [
    ...findingLines(plan, style, isAboutSeveral ? isNotPassed : () => true),
    ...(isAboutSeveral ? podTable(podRows(plan), style) : []),
    ...section('What else changes', messagesOf(plan.effects), style),
    ...section('Manifest', plan.diff ?? [], style),
    ...section('Steps', bounded(steps, style), style),
    ...section('Done when', bounded(proof, style), style),
    ...section('Then', plan.next ?? [], style),
    ...(cannotBeUndone === undefined || plan.undo.length > 0 ? [] : [cannotBeUndone]),
    ...undoLines(plan.undo, style),
  ];
}

/** The writes, and the waits between phases. The last wait is the proof. */
function stepsWithWaits({ phases }: Plan): readonly string[] {
  return phases.flatMap((phase, index) => {
    const { until } = phase;
    const titles = titlesOf(phase);
    if (titles.length === 0) return [];
    const isLast = index === phases.length - 1;
    const checks = until.map(({ title }) => title).join('; ');
    return isLast ? titles : [...titles, `wait for ${count(until.length, 'check')}: ${checks}`];
  });
}

export function findingLines(
  plan: Plan | Refusal,
  style: Style,
  isShown: (check: Check) => boolean = isNotPassed,
): readonly string[] {
  return sharedFindings(plan)
    .filter(isShown)
    .flatMap((check) => checkLines(check, style));
}

function isNotPassed({ level }: Check): boolean {
  return level !== 'ok';
}

function checkLines({ level, message, instead }: Check, style: Style): readonly string[] {
  const [word, colour] = LEVELS[level];
  return [
    `${style.paint(colour, word.padEnd(8))}  ${message}`,
    ...(instead === undefined || level === 'overridden'
      ? []
      : [`          instead: ${style.paint('cyan', typed(instead, style))}`]),
  ];
}

export function renderDone(done: Done, style: Style): readonly string[] {
  const { operation, plan, proof, tookMs, notes, silence } = done;
  const { words } = operationNamed(operation.request.command);
  const total = podsIn(operation.subject).length;
  const out = podsLeftOut(plan).length;
  const title = `${words.done} ${changedText(plan)}${out === 0 ? '' : `; ${out} left out`}`;
  const { undoes } = operation.request;
  return [
    style.paint(out === 0 ? 'green' : 'yellow', title),
    ...(undoes === undefined ? [] : [`${undoText(undoes)}.`]),
    ...(total > 1
      ? resultLines(plan, done, style)
      : proof.map((progress, index) => `  ${proven(progress, tookMs[index])}`)),
    ...silenceLines(silence),
    ...bounded(notes, style),
    ...section('Then', plan.next ?? [], style),
    ...oppositeLines(done, style),
    ...undoLines(plan.undo, style),
  ];
}

/** A line for each pod, the milestones that several pods share, and why pods were left out. */
function resultLines(plan: Plan, result: Done | Unfinished, style: Style): readonly string[] {
  const { proof } = result;
  const tookMs = 'tookMs' in result ? result.tookMs : [];
  const together = proof.flatMap((progress, index) =>
    podOf(progress) === undefined ? proven(progress, tookMs[index]) : [],
  );
  return [
    ...podTable(podRows(plan, result), style),
    ...together,
    ...findingLines(plan, style, ({ level }) => level === 'leftOut'),
  ];
}

/** The command that undoes the change, if there is one. */
function oppositeLines({ operation, plan }: Done, style: Style): readonly string[] {
  if (changesNothing(plan)) return [];
  const names = podsChanged(plan).map(({ name }) => name);
  const opposite = oppositeOf({ ...operation, opposite: plan.opposite }, names);
  return opposite === undefined ? [] : ['To undo it:', ...requestLines(opposite, style)];
}

/** The maximum of pod names in one line to type. */
const MAX_NAMES = 5;

/** The command for a request. Many names take several lines, which a shell reads as one. */
function requestLines(request: ChangeRequest, style: Style): readonly string[] {
  const { pods = [] } = request;
  if (pods.length <= MAX_NAMES) return insteadLines([format(request)], style);
  const line = format({ ...request, pods: [FIRST] });
  const at = line.indexOf(FIRST);
  const names = Array.from({ length: Math.ceil(pods.length / MAX_NAMES) }, (_, index) =>
    pods.slice(index * MAX_NAMES, (index + 1) * MAX_NAMES).join(' '),
  );
  const lines = [typed(line.slice(0, at - 1), style), ...names.map((each) => `  ${each}`)];
  const last = `${lines.pop()}${line.slice(at + FIRST.length)}`;
  return [...lines.map((each) => `${each} \\`), last].map((each) => `  ${style.paint('cyan', each)}`);
}

/** A placeholder for the names of pods in a formatted request. */
const FIRST = 'pod-0';

function proven(progress: Progress, tookMs: number | undefined): string {
  const text = progressText(progress);
  if (!progress.isMet) return `not yet: ${text}`;
  return tookMs === undefined ? text : `${text} (after ${seconds(tookMs)})`;
}

export function renderUnfinished(unfinished: Unfinished, style: Style): readonly string[] {
  const { operation, plan, proof, left, trouble, silence } = unfinished;
  const { words } = operationNamed(operation.request.command);
  const missing = proof.filter(({ isMet }) => !isMet);
  const waiting = missing.map(({ seen }) => seen);
  const rows = podRows(plan, unfinished).filter(({ state }) => state !== 'leftOut');
  const isAboutSeveral = podsIn(operation.subject).length > 1;
  const how = isAboutSeveral
    ? `${rows.filter(({ state }) => state === 'done').length} of ${count(rows.length, 'pod')} done`
    : `${missing.length} of ${count(proof.length, 'check')} did not pass in time`;
  const far = left === undefined ? 'not proven yet' : 'partly done';
  return [
    style.paint('yellow', `${words.doing} ${changedText(plan)} is ${far}: ${how}.`),
    ...(isAboutSeveral
      ? resultLines(plan, unfinished, style)
      : [...section('Not written yet', left ?? [], style), ...section('Still to come', waiting, style)]),
    ...silenceLines(silence),
    ...(trouble === undefined ? [] : [trouble]),
    ...nextLines(unfinished, style),
    ...undoLines(plan.undo, style),
  ];
}

/** Says who continues: Pitlane, the cluster, or the person with a command. */
function nextLines({ operation, plan, left, goesOn }: Unfinished, style: Style): readonly string[] {
  if (goesOn)
    return [
      'Pitlane continues by itself within two minutes. To see its progress:',
      ...insteadLines(['operations'], style),
    ];
  if (left === undefined) return ['The cluster continues by itself. To look again:', ...insteadLines(['list'], style)];
  const pods = podsToContinue(plan, left);
  return ['To continue:', ...requestLines({ ...operation.request, pods }, style)];
}
