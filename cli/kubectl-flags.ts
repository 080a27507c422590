import type { Door } from '../pitlane/operate/asker.ts';
import type { OperationEvent, Outcome } from '../pitlane/operate/outcome.ts';
import type { Pitlane } from '../pitlane/operate/pitlane.ts';
import type { Check, Plan } from '../pitlane/rotation/plan.ts';
import { shellWord } from '../pitlane/text/words.ts';
import type { KubeconfigChoice } from './kubeconfig.ts';

/**
 * Adds `--kubeconfig` and `--context` to the kubectl lines in every outcome. Without them, a pasted line would change the
 * cluster of the current context instead of the chosen one.
 */
export function withKubectlFlags(pitlane: Pitlane, choice: KubeconfigChoice): Pitlane {
  return {
    propose: async (request, asker, options) =>
      outcomeWithFlags(await pitlane.propose(request, asker, options), choice),
    carryOut: async (request, asker, door) =>
      outcomeWithFlags(await pitlane.carryOut(request, asker, doorWithFlags(door, choice)), choice),
    resume: async (...args) => outcomeWithFlags(await pitlane.resume(...args), choice),
    tick: (options) => pitlane.tick(options),
    followLogs: async (...args) => outcomeWithFlags(await pitlane.followLogs(...args), choice),
  };
}

/** The same door, which reads the kubectl lines with their flags. */
function doorWithFlags(door: Door, choice: KubeconfigChoice): Door {
  const { signal, reporter, decide } = door;
  return {
    // It may move while a person is asked.
    get deadline() {
      return door.deadline;
    },
    ...(signal !== undefined && { signal }),
    ...(decide !== undefined && { decide: (proposal) => decide(outcomeWithFlags(proposal, choice)) }),
    ...(reporter !== undefined && {
      reporter: { ...reporter, event: (event) => reporter.event?.(eventWithFlags(event, choice)) },
    }),
  };
}

/** Adds the flags to each kubectl command in the line. Returns other lines unchanged. */
export function addKubectlFlags(line: string, { path, context }: KubeconfigChoice): string {
  const flags = [
    ...(path === undefined ? [] : ['--kubeconfig', shellWord(path)]),
    ...(context === undefined ? [] : ['--context', shellWord(context)]),
  ];
  // Quoted text may contain anything, so only the start of such a line is a command.
  const commands = line.includes("'") ? /^kubectl / : /(?<=^|&& )kubectl /g;
  return line.replace(commands, () => ['kubectl', ...flags, ''].join(' '));
}

export function outcomeWithFlags<T extends Outcome>(outcome: T, choice: KubeconfigChoice): T {
  return withFlagsInLines(outcome, choice) as T;
}

function withFlagsInLines(outcome: Outcome, choice: KubeconfigChoice): Outcome {
  switch (outcome.kind) {
    case 'notUnderstood':
      return { ...outcome, instead: linesWithFlags(outcome.instead, choice) };
    case 'refusal':
      return { ...outcome, checks: checksWithFlags(outcome.checks, choice) };
    case 'proposal':
    case 'done':
    case 'unfinished':
      return { ...outcome, plan: planWithFlags(outcome.plan, choice) };
    case 'failed':
    case 'cancelled':
      return { ...outcome, undo: linesWithFlags(outcome.undo, choice) };
    default:
      return outcome;
  }
}

function eventWithFlags(event: OperationEvent, choice: KubeconfigChoice): OperationEvent {
  return event.kind === 'planned' ? { ...event, plan: planWithFlags(event.plan, choice) } : event;
}

function planWithFlags(plan: Plan, choice: KubeconfigChoice): Plan {
  return { ...plan, checks: checksWithFlags(plan.checks, choice), undo: linesWithFlags(plan.undo, choice) };
}

function checksWithFlags(checks: readonly Check[], choice: KubeconfigChoice): readonly Check[] {
  return checks.map((check) =>
    check.instead === undefined ? check : { ...check, instead: addKubectlFlags(check.instead, choice) },
  );
}

function linesWithFlags(lines: readonly string[], choice: KubeconfigChoice): readonly string[] {
  return lines.map((line) => addKubectlFlags(line, choice));
}
