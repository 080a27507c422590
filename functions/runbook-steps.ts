import type { Evidence } from '../pitlane/evidence/evidence.ts';
import type { Asker } from '../pitlane/operate/asker.ts';
import { runSteps, type StepResult, type StepsReport } from '../pitlane/operate/steps.ts';
import type { Pitlane } from '../pitlane/operate/use-case.ts';
import { count } from '../pitlane/text/words.ts';
import { answerOf, type RunbookAnswer, type StepAnswer } from './runbook-answer.ts';
import { requestOf, type StepsInput } from './runbook-input.ts';
import { partialName } from './runbook-run.ts';

/** Plans a list of commands, or carries it out, and reports every step. */
export async function answerSteps(
  list: StepsInput,
  asker: Asker,
  pitlane: Pitlane,
  { deadline, now }: { readonly deadline: number; readonly now: () => number },
): Promise<{ readonly answer: RunbookAnswer; readonly evidence: readonly Evidence[] }> {
  const evidence: Evidence[] = [];
  const inputs = new Map(list.steps.map((step) => [step.name, step]));
  const steps = list.steps.map(({ name, when, podsOf, input }) => ({
    name,
    when,
    request: requestOf(input),
    ...(podsOf !== undefined && { podsOf }),
  }));
  const report = await runSteps(pitlane, steps, asker, {
    dryRun: list.dryRun,
    confirm: list.confirm,
    deadline,
    now,
    reporter: {
      event(event) {
        if (event.kind === 'evidence') evidence.push(event.evidence);
      },
    },
    objection(name, outcome) {
      const step = inputs.get(name);
      return step === undefined || step.podsOf !== undefined ? undefined : partialName(step.input, outcome);
    },
  });
  const asked = report.steps.flatMap(({ outcome }) => (outcome?.kind === 'evidence' ? outcome : []));
  return { answer: answerOfList(report, list.dryRun), evidence: [...evidence, ...asked] };
}

function answerOfList(report: StepsReport, isDryRun: boolean): RunbookAnswer {
  const { state, steps, fingerprint } = report;
  const isPlanned = state === 'planned' || state === 'needsConfirmation';
  return {
    ok: state === 'done' || (isDryRun && isPlanned),
    outcome: 'steps',
    state,
    message: messageOf(report, isDryRun),
    steps: steps.map(answerOfStep),
    ...(fingerprint !== undefined && { fingerprint }),
  };
}

function messageOf({ state, steps }: StepsReport, isDryRun: boolean): string {
  const done = steps.filter((step) => step.state === 'done' || step.state === 'skipped').length;
  const wrong = steps.find((step) => ['refused', 'failed', 'partlyDone'].includes(step.state));
  const at = wrong === undefined ? '' : ` Step ${wrong.name}: ${wrong.because ?? answerOfStep(wrong).message}`;
  const progress = `${done} of ${count(steps.length, 'step')} done.`;
  switch (state) {
    case 'done':
      return `All ${count(steps.length, 'step')} done.`;
    case 'failed':
      return `${progress}${at}`;
    case 'inProgress':
      return `${progress} Send the same request again to continue.`;
    case 'refused':
      return `Nothing was changed.${at}`;
    case 'changed':
      return 'Nothing was changed: the plans have changed since they had that fingerprint.';
    case 'planned':
    case 'needsConfirmation':
      return isDryRun
        ? 'Dry run: nothing was changed.'
        : 'Nothing was changed: a step has warnings, cannot be undone, or its plan is unknown. To confirm, send the list again with "confirm": true or with the fingerprint.';
  }
}

/** Files come once for the whole list. */
function answerOfStep({ name, request, state, outcome, because, tookMs }: StepResult): StepAnswer {
  const { command } = request;
  if (outcome === undefined) return { name, command, state, message: because ?? '', tookMs };
  const { files: _, ...answer } = answerOf(outcome, command);
  return { ...answer, name, command, state, message: because ?? answer.message, tookMs };
}
