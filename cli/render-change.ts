import type { Done, Proposal, Unfinished } from '../pitlane/operate/outcome.ts';
import { format } from '../pitlane/operations/commands.ts';
import { operationNamed, oppositeOf } from '../pitlane/operations/table.ts';
import {
  type Check,
  type Operation,
  type Plan,
  type Progress,
  podsIn,
  proofOf,
  type Refusal,
  subjectText,
} from '../pitlane/rotation/plan.ts';
import { saysMet } from '../pitlane/rotation/proof.ts';
import type { Colour } from './colour.ts';
import { insteadLines, type Style, section, typed, undoLines } from './style.ts';

const LEVELS: Readonly<Record<Check['level'], readonly [word: string, colour: Colour]>> = {
  ok: ['ok', 'green'],
  warning: ['warning', 'yellow'],
  refusal: ['refused', 'red'],
  overridden: ['forced', 'yellow'],
  leftOut: ['left out', 'red'],
};

export function renderRefusal({ checks, operation, isForceable }: Refusal, style: Style): readonly string[] {
  return [
    style.paint('bold', `${named(operation)} is refused.`),
    ...checks.filter(({ level }) => level !== 'ok').flatMap((check) => checkLines(check, style)),
    ...(isForceable ? ['--force overrides this.'] : []),
  ];
}

export function renderProposal({ plan, why, tried = [] }: Proposal, style: Style): readonly string[] {
  const closing: Readonly<Record<Proposal['why'], string>> = {
    dryRun: 'Dry run: nothing was changed.',
    needsConfirmation: 'Nothing was changed yet: the warnings need a confirmation.',
    changed: 'The plan is no longer the one that was confirmed. Nothing was changed yet.',
  };
  return [
    style.paint('bold', `${named(plan.operation)} of ${plan.operation.request.service}`),
    ...planLines(plan, style),
    ...section('The API server said', tried, style),
    closing[why],
  ];
}

/** `drain rng-a`, `drain 12 pods` */
function named({ request, subject }: Operation): string {
  return `${request.command} ${subjectText(subject)}`;
}

/** Checks, effects, steps and proof: what will happen, before it does. */
function planLines(plan: Plan, style: Style): readonly string[] {
  const { cannotBeUndone } = operationNamed(plan.operation.request.command);
  return [
    ...plan.checks.flatMap((check) => checkLines(check, style)),
    ...section('What else changes', plan.effects, style),
    ...section(
      'Steps',
      stepsOf(plan).map((step, index) => `${index + 1}. ${step}`),
      style,
    ),
    ...section(
      'Done when',
      proofOf(plan).map(({ title, withinSeconds }) => `${title} (within ${withinSeconds} s)`),
      style,
    ),
    ...(cannotBeUndone === undefined ? [] : [cannotBeUndone]),
    ...undoLines(plan.undo, style),
  ];
}

/** The writes, and the wait between two phases; the last wait is the proof. */
function stepsOf({ phases }: Plan): readonly string[] {
  return phases.flatMap(({ writes, until }, index) => {
    const titles = writes.map(({ title }) => title);
    return index === phases.length - 1
      ? titles
      : [...titles, `wait until ${until.map(({ title }) => title).join(', ')}`];
  });
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

export function renderDone({ operation, plan, proof, tookMs, notes }: Done, style: Style): readonly string[] {
  const { words } = operationNamed(operation.request.command);
  return [
    style.paint('green', `${words.done} ${subjectText(operation.subject)}`),
    ...proof.map((progress, index) => `  ${proven(progress, tookMs[index])}`),
    ...notes,
    ...oppositeLines(operation, style),
    ...undoLines(plan.undo, style),
  ];
}

/** The command that takes it back, where there is one. */
function oppositeLines({ request, subject }: Operation, style: Style): readonly string[] {
  const opposite = oppositeOf(
    request,
    podsIn(subject).map(({ name }) => name),
  );
  return opposite === undefined ? [] : ['To undo it:', ...insteadLines([format(opposite)], style)];
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
      `${named(operation)}: ${left === undefined ? 'everything is written' : 'it is half done'}, the proof is not in yet.`,
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
  const pods = podsIn(operation.subject).map(({ name }) => name);
  return ['Go on with it:', ...insteadLines([format({ ...operation.request, pods })], style)];
}

/** `0.4 s`, `12.3 s` */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
