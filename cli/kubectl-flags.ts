import type { KubeconfigChoice } from '../pitlane/kubeconfig/kubeconfig.ts';
import type { Door } from '../pitlane/operate/asker.ts';
import type { Pitlane, WatchListener } from '../pitlane/operate/use-case.ts';
import { shellWord } from '../pitlane/text/words.ts';

/**
 * Adds `--kubeconfig` and `--context` to the kubectl lines in every outcome. Without them, a pasted line would change the
 * cluster of the current context instead of the chosen one.
 */
export function withKubectlFlags(pitlane: Pitlane, choice: KubeconfigChoice): Pitlane {
  return {
    propose: async (...args) => withFlags(await pitlane.propose(...args), choice),
    overview: (...args) => pitlane.overview(...args),
    carryOut: async (request, asker, door) =>
      withFlags(await pitlane.carryOut(request, asker, doorWithFlags(door, choice)), choice),
    resume: async (...args) => withFlags(await pitlane.resume(...args), choice),
    tick: (options) => pitlane.tick(options),
    watch: async (request, asker, listener, signal) => {
      const seen: WatchListener['seen'] = (outcome) => listener.seen(withFlags(outcome, choice));
      return withFlags(await pitlane.watch(request, asker, { ...listener, seen }, signal), choice);
    },
    followLogs: async (...args) => withFlags(await pitlane.followLogs(...args), choice),
  };
}

/** The same door, but its proposals and events have the flags too. */
function doorWithFlags(door: Door, choice: KubeconfigChoice): Door {
  const { signal, reporter, decide } = door;
  return {
    // It moves while a person thinks about a question.
    get deadline() {
      return door.deadline;
    },
    signal,
    decide: decide && ((proposal) => decide(withFlags(proposal, choice))),
    reporter: reporter && { ...reporter, event: (event) => reporter.event?.(withFlags(event, choice)) },
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

/** Fields of outcomes and events that hold lines to type. */
const LINE_FIELDS = ['undo', 'instead'];

/** Adds the flags to the kubectl lines in an outcome or an event. */
export function withFlags<T>(value: T, choice: KubeconfigChoice): T {
  const linesOf = (lines: unknown): unknown => {
    if (Array.isArray(lines)) return lines.map(linesOf);
    return typeof lines === 'string' ? addKubectlFlags(lines, choice) : lines;
  };
  if (Array.isArray(value)) return value.map((each) => withFlags(each, choice)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([key, each]) => [
    key,
    LINE_FIELDS.includes(key) ? linesOf(each) : withFlags(each, choice),
  ]);
  return Object.fromEntries(fields) as T;
}
