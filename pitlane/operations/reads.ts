import { flagField, noWordsField, numberField, sinceField, textField } from '../command/fields.ts';
import { podField, podOrSelectorField, selectorField } from '../command/pod-fields.ts';
import type { ReadRequest } from '../command/request.ts';
import { CONTAINER_NAME, MOST_CHANGES } from '../command/rules.ts';
import type { Field } from '../command/syntax.ts';
import { fromField } from './canary/fields.ts';
import { AROUND, LOGS, OWNERS } from './rights.ts';
import { SCHEDULES } from './schedule/schedule.ts';
import type { PodChoice, ReadSpec } from './spec.ts';
import { operationWord, topicWord } from './words.ts';

const VIEWER = { role: 'viewer', rights: {} } as const;

function anyPod(verb: string): PodChoice {
  return { includes: () => true, verb, none: (service) => `${service} has no pod to ${verb}.` };
}

const DEFAULT_TAIL = 100;
const LONGEST_TAIL = 10_000;
const SHOWN_CHANGES = 20;

const TAIL = numberField(
  'tail',
  { name: 'tail', value: String(DEFAULT_TAIL) },
  { type: 'number', least: 1, most: LONGEST_TAIL, otherwise: DEFAULT_TAIL },
  { unit: 'lines', about: 'Lines from the end.' },
);

/** A time without --tail means all its lines. */
const tailField: Field = {
  ...TAIL,
  read: (given, ...more) =>
    given.values.sinceSeconds === undefined || given.flags.has('tail')
      ? TAIL.read(given, ...more)
      : { values: { tail: LONGEST_TAIL } },
  format(request, command) {
    const isAll = request.sinceSeconds !== undefined && request.tail === LONGEST_TAIL;
    if (isAll) return undefined;
    return request.sinceSeconds === undefined ? TAIL.format(request, command) : `--tail ${request.tail}`;
  },
};

/** The commands that only read, in the order of the help; `help` itself is last. */
export const READS: { readonly [C in ReadRequest['command']]: ReadSpec<C> } = {
  list: {
    role: 'viewer',
    // Of pods that were taken out by hand, the template of the owner tells it.
    rights: { viewer: OWNERS },
    name: 'list',
    fields: [
      selectorField,
      flagField('all', { name: 'all', short: 'a' }, 'Show every pod.'),
      noWordsField('shows all pods', { command: 'inspect', does: 'shows one pod' }),
    ],
    fixed: { all: true },
    isWatchable: true,
    aliases: ['get', 'ls', 'ps', 'pods', 'status'],
    help: {
      summary: 'Show which pods get traffic, and why others do not.',
      description:
        'Lists the pods of the service with state, readiness, restarts, age, node and owner, and who drained or disabled ' +
        'them, why and until when. Pods that are not in rotation come first. Selectors are those of kubectl.',
      examples: [
        ['Show the pods', 'list'],
        ['Show every pod, not only the first 20', 'list --all'],
        ['Show the pods with some labels', 'list -l app=rng,enabled!=yes'],
        ['Show the pods of two zones', "list -l 'zone in (a, b)'"],
      ],
    },
  },
  drained: {
    ...VIEWER,
    name: 'drained',
    fields: [noWordsField('shows the drained and disabled pods of all services')],
    isAboutAll: true,
    isWatchable: true,
    help: {
      summary: 'Show drained and disabled pods and canaries of all services.',
      description:
        'Shows who drained or disabled which pod, why, when and until when, in all configured services, and canaries. The ' +
        'oldest come first.',
      examples: [['Show all drained and disabled pods', 'drained']],
    },
  },
  'canary list': {
    ...VIEWER,
    name: 'canary list',
    isWatchable: true,
    fields: [noWordsField('shows all canaries')],
    aliases: ['canaries'],
    help: {
      summary: 'Show the canaries of the service.',
      description:
        'Shows the state and age of each canary, what differs from its template, who started it, why and until when, and ' +
        'the part of the traffic that canaries get.',
      examples: [['Show the canaries', 'canary list']],
    },
  },
  evidence: {
    name: 'evidence',
    fields: [podField, sinceField],
    role: 'operator',
    rights: { operator: [...AROUND, ...LOGS] },
    pods: anyPod('collect evidence of'),
    aliases: ['bundle', 'dump'],
    help: {
      summary: 'Collect logs, description and events of a pod.',
      description:
        'Collects the last 500 log lines of each container and of its previous run, the description without environment ' +
        'values, image digests, node, restarts and events; counts repeated errors, and compares the pod with the others. ' +
        'Redacts what looks like a password or token. Every drain also collects evidence.',
      examples: [
        ['Collect the evidence of a pod', 'evidence b85tm'],
        ['Collect what happened within 10 minutes', 'evidence b85tm since 10m'],
      ],
    },
  },
  gate: {
    name: 'gate',
    fields: [noWordsField('shows the gate of the service')],
    role: 'viewer',
    rights: { viewer: OWNERS },
    needs: { members: 'summary', owner: true, gate: 'rule' },
    help: {
      summary: 'Show the gate: its label, its pods, and what is odd about it.',
      description:
        'Shows the gate of the service: its label, who set it up, when and how; pods with and without the label; whether new ' +
        'pods get it; and what was changed behind its back, such as a selector that GitOps has reverted.',
      examples: [['Show the gate', 'gate']],
    },
  },
  'spread manifest': {
    name: 'spread manifest',
    fields: [fromField],
    // A pod template may hold credentials.
    role: 'admin',
    rights: { admin: OWNERS },
    needs: { members: 'summary', owner: true, spread: true },
    help: {
      summary: 'Print the DaemonSet that spread would create.',
      description:
        'Prints the manifest of the DaemonSet as YAML, for kubectl apply -f or a repository. spread -o yaml is the same.',
      examples: [['Print the manifest', 'spread manifest']],
    },
  },
  'schedule list': {
    ...VIEWER,
    name: 'schedule list',
    fields: [noWordsField('shows all schedules')],
    aliases: ['schedules'],
    needs: SCHEDULES,
    help: {
      summary: 'Show schedules, and when they act next.',
      description:
        'Shows the schedules of the service, added by command or in pitlane.yaml: what they do, when they do it next, the ' +
        'pods that they are about, and who added them and why.',
      examples: [['Show the schedules', 'schedule list']],
    },
  },
  operations: {
    ...VIEWER,
    name: 'operations',
    fields: [noWordsField('shows all operations')],
    aliases: ['ops'],
    help: {
      summary: 'Show operations in progress and of the last 24 hours.',
      description: 'Shows the operations in progress and those that ended within 24 hours, with the person who asked.',
      examples: [['Show the operations', 'operations']],
    },
  },
  history: {
    ...VIEWER,
    name: 'history',
    fields: [
      numberField(
        'last',
        { name: 'last', value: '5' },
        { type: 'number', least: 1, most: MOST_CHANGES, otherwise: SHOWN_CHANGES },
        { unit: 'changes', about: 'Changes, the newest first.' },
      ),
      noWordsField('shows the last changes of the service', { command: 'inspect', does: 'shows one pod' }),
    ],
    aliases: ['changes', 'audit'],
    help: {
      summary: 'Show the last changes, and who made them.',
      description:
        `Shows what was changed, when, by whom and why, which pods were left out, and how it ended: the last ${SHOWN_CHANGES} ` +
        `changes, or --last (at most ${MOST_CHANGES}). Operations in progress are in operations.`,
      examples: [
        ['Show the last changes', 'history'],
        ['Show the last 5 changes', 'history --last 5'],
      ],
    },
  },
  cancel: {
    name: 'cancel',
    fields: [operationWord('ends', 'the only one in progress', 'operations')],
    makesChanges: true,
    role: 'operator',
    rights: {},
    aliases: ['abort', 'stop'],
    help: {
      summary: 'Cancel an operation in progress.',
      description:
        'Stops an operation in progress. Changes that it has made stay; the answer lists them, and how to undo them. Without ' +
        'a name, cancels the only operation.',
      examples: [
        ['Cancel the only operation', 'cancel'],
        ['Cancel the operation on a pod', 'cancel b85tm'],
      ],
    },
  },
  inspect: {
    name: 'inspect',
    fields: [podField, sinceField],
    role: 'viewer',
    rights: { viewer: AROUND },
    pods: anyPod('inspect'),
    aliases: ['describe', 'show'],
    help: {
      summary: 'Show what is wrong with a pod: its state, events and last crash.',
      description:
        'Shows what may be wrong with a pod (failing probes, differences to the other pods, the last rollout, memory and ' +
        'CPU near a limit), its state in the service, its conditions, its containers with their last termination, requests ' +
        'and limits, and its events, the newest first.',
      examples: [
        ['Inspect a pod', 'inspect b85tm'],
        ['Show only the events of the last hour', 'inspect b85tm since 1h'],
      ],
    },
  },
  logs: {
    name: 'logs',
    fields: [
      podOrSelectorField,
      textField(
        'container',
        { name: 'container', short: 'c', value: 'rng' },
        {
          type: 'name',
          pattern: CONTAINER_NAME,
          expected: 'a container name: at most 63 lower-case letters, digits and "-"',
        },
        'The name of a container. Absent: all containers.',
      ),
      flagField('previous', { name: 'previous', short: 'p' }, "The log of the container's previous run.", 'previous'),
      sinceField,
      tailField,
      flagField('follow', { name: 'follow', short: 'f' }, 'Stream new lines.'),
    ],
    exclusive: [
      {
        flags: ['previous', 'follow'],
        message: 'Use --previous or --follow, not both: a run that has ended writes no more lines.',
      },
    ],
    oneOf: ['pod', 'selector'],
    fixed: { follow: false },
    role: 'operator',
    rights: { operator: LOGS },
    pods: anyPod('show logs of'),
    aliases: ['log', 'tail'],
    help: {
      summary: 'Show the logs of pods.',
      description:
        'Shows the last lines of each container: 100, or --tail (at most 10000), or those of a time: since 10m. --previous shows the run before the last ' +
        'restart. --follow streams new lines until you stop it, also of pods that begin to match -l, and says when a pod ' +
        "comes, restarts, leaves the endpoints or is gone. Slack can't stream logs. What looks like a password or token is redacted.",
      examples: [
        ['Show the last 20 lines of a pod', 'logs b85tm --tail 20'],
        ['Show the lines of the last 10 minutes', 'logs b85tm since 10m'],
        ['Show why it crashed', 'logs b85tm --previous'],
        ['Show one container of all pods', 'logs -l app=rng -c rng'],
      ],
    },
  },
  help: {
    ...VIEWER,
    name: 'help',
    fields: [topicWord],
    isAboutAll: true,
    isForPeople: true,
    help: {
      summary: 'Show all commands, or one with examples.',
      description: 'Explains each command in a line, or one command in full.',
      examples: [['Explain a command', 'help drain']],
    },
  },
};
