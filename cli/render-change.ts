import type { ChangeRequest } from '../pitlane/command/request.ts';
import type { Done, Proposal, Unfinished } from '../pitlane/operate/outcome.ts';
import { format } from '../pitlane/operations/commands.ts';
import type { Check, Operation, Plan, Progress, Refusal } from '../pitlane/rotation/plan.ts';
import { saysMet } from '../pitlane/rotation/proof.ts';
import type { Colour } from './colour.ts';
import { insteadLines, type Style, section, typed, undoLines } from './style.ts';

const LEVELS: Readonly<Record<Check['level'], readonly [word: string, colour: Colour]>> = {
  ok: ['ok', 'green'],
  warning: ['warning', 'yellow'],
  refusal: ['refused', 'red'],
  overridden: ['forced', 'yellow'],
};

export function renderRefusal({ checks, operation, isForceable }: Refusal, style: Style): readonly string[] {
  const { request, pod } = operation;
  return [
    style.paint('bold', `${request.command} ${pod.name} is refused.`),
    ...checks.filter(({ level }) => level !== 'ok').flatMap((check) => checkLines(check, style)),
    ...(isForceable ? ['--force overrides this.'] : []),
  ];
}

export function renderProposal({ plan, why, tried = [] }: Proposal, style: Style): readonly string[] {
  const { request, pod } = plan.operation;
  const title = `${request.command} ${pod.name} of ${request.service}`;
  const closing: Readonly<Record<Proposal['why'], string>> = {
    dryRun: 'Dry run: nothing was changed.',
    needsConfirmation: 'Nothing was changed yet: the warnings need a confirmation.',
    changed: 'The plan is no longer the one that was confirmed. Nothing was changed yet.',
  };
  return [
    style.paint('bold', title),
    ...planLines(plan, style),
    ...section('The API server said', tried, style),
    closing[why],
  ];
}

/** Checks, effects, steps and proof: what will happen, before it does. */
function planLines(plan: Plan, style: Style): readonly string[] {
  const steps = plan.steps.map((step) =>
    step.kind === 'await' ? `wait until ${step.milestones.map(({ title }) => title).join(', ')}` : step.title,
  );
  return [
    ...plan.checks.flatMap((check) => checkLines(check, style)),
    ...section('What else changes', plan.effects, style),
    ...section(
      'Steps',
      steps.map((step, index) => `${index + 1}. ${step}`),
      style,
    ),
    ...section(
      'Done when',
      plan.proof.map(({ title, withinSeconds }) => `${title} (within ${withinSeconds} s)`),
      style,
    ),
    ...(plan.operation.request.command === 'finish' ? ['There is no way back: the pod is deleted.'] : []),
    ...undoLines(plan.undo, style),
  ];
}

export function checkLines({ level, message, instead }: Check, style: Style): readonly string[] {
  const [word, colour] = LEVELS[level];
  return [
    `${style.paint(colour, word.padEnd(7))}  ${message}`,
    ...(instead === undefined || level === 'overridden'
      ? []
      : [`         instead: ${style.paint('cyan', typed(instead, style))}`]),
  ];
}

/** What is so once it is done, after the pod's name. */
const DONE: Readonly<Record<ChangeRequest['command'], string>> = {
  drain: 'is drained.',
  restore: 'is restored.',
  extend: 'has more time.',
  finish: 'is finished: it is deleted.',
};

export function renderDone({ operation, plan, proof, tookMs, notes }: Done, style: Style): readonly string[] {
  const { request, pod } = operation;
  return [
    style.paint('green', `${pod.name} ${DONE[request.command]}`),
    ...proof.map((progress, index) => `  ${proven(progress, tookMs[index])}`),
    ...notes,
    ...oppositeLines(operation, style),
    ...undoLines(plan.undo, style),
  ];
}

/** The command that takes it back, where there is one: more time and a deletion have none. */
function oppositeLines({ request, pod }: Operation, style: Style): readonly string[] {
  if (request.command === 'drain') return ['To put it back:', ...insteadLines([`restore ${pod.name}`], style)];
  if (request.command === 'restore') return ['To take it out again:', ...insteadLines([`drain ${pod.name}`], style)];
  return [];
}

function proven(progress: Progress, tookMs: number | undefined): string {
  if (!progress.isMet) return `not yet: ${progress.seen}`;
  const met = saysMet(progress);
  return tookMs === undefined ? met : `${met} (after ${seconds(tookMs)})`;
}

export function renderUnfinished(unfinished: Unfinished, style: Style): readonly string[] {
  const { operation, plan, proof, left, trouble } = unfinished;
  const missing = proof.filter(({ isMet }) => !isMet).map(({ seen }) => seen);
  return [
    style.paint(
      'yellow',
      `${operation.request.command} ${operation.pod.name}: ${left === undefined ? 'everything is written' : 'it is half done'}, the proof is not in yet.`,
    ),
    ...section('Not written yet', left ?? [], style),
    ...section('Still to come', missing, style),
    ...(trouble === undefined ? [] : [trouble]),
    ...whoGoesOn(unfinished, style),
    ...undoLines(plan.undo, style),
  ];
}

function whoGoesOn({ operation, left, goesOn }: Unfinished, style: Style): readonly string[] {
  if (goesOn)
    return ['Pitlane goes on by itself within two minutes; how it goes:', ...insteadLines(['operations'], style)];
  if (left === undefined) return ['The cluster goes on by itself; look again:', ...insteadLines(['list'], style)];
  const again = format({ ...operation.request, pod: operation.pod.name });
  return ['Go on with it:', ...insteadLines([again], style)];
}

/** `0.4 s`, `12.3 s` */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
