import { flag, noWords, number, POD, POD_OR_SELECTOR, SELECTOR, text } from '../command/fields.ts';
import type { ReadRequest } from '../command/request.ts';
import type { Role } from '../command/role.ts';
import { CONTAINER_NAME } from '../command/rules.ts';
import { EVENTS, LOGS } from './rights.ts';
import type { PodChoice, ReadSpec } from './spec.ts';
import { operationWord, topicWord } from './words.ts';

const VIEWER: { readonly role: Role; readonly rights: [] } = { role: 'viewer', rights: [] };

function anyPod(verb: string, none: string): PodChoice {
  return { includes: () => true, verb, none: (service) => `${service} has no pod to ${none}.` };
}

export const DEFAULT_TAIL = 100;
export const LONGEST_TAIL = 10_000;

/** The commands that change nothing, in the order of the help; `help` itself is last. */
export const READS: { readonly [C in ReadRequest['command']]: ReadSpec<C> } = {
  list: {
    ...VIEWER,
    name: 'list',
    fields: [
      SELECTOR,
      flag('all', { name: 'all', short: 'a' }, 'Every pod.'),
      noWords('shows all pods', { command: 'inspect', does: 'shows one pod' }),
    ],
    fixed: { all: true },
    aliases: ['get', 'ls', 'ps', 'pods', 'status'],
    help: {
      summary: 'Which pods get traffic, which do not, and why.',
      description:
        'Lists the pods of the service with state, readiness, restarts, age, node and owner; for drained ones who did it, ' +
        'why and until when. What is not plainly in rotation comes first. Selectors are those of kubectl.',
      examples: [
        ['See who is in rotation', 'list'],
        ['See every pod, not only the first 20', 'list --all'],
        ['See the pods with some labels', 'list -l app=rng,enabled!=yes'],
        ['See the pods of two zones', "list -l 'zone in (a, b)'"],
      ],
    },
  },
  drained: {
    ...VIEWER,
    name: 'drained',
    fields: [noWords('shows the drained pods of all services')],
    isAboutAll: true,
    help: {
      summary: 'Every drained pod of all services, the oldest first.',
      description: 'Shows who drained what, why, since when and until when, in all services that pitlane looks after.',
      examples: [['See what is in the pit lane', 'drained']],
    },
  },
  evidence: {
    name: 'evidence',
    fields: [POD],
    role: 'operator',
    rights: [...EVENTS, ...LOGS],
    pods: anyPod('take evidence of', 'take evidence of'),
    aliases: ['bundle', 'dump'],
    help: {
      summary: 'All about a pod in one bundle, for the incident.',
      description:
        'Collects the last 500 lines of each container and of its run before, the description with the values of the ' +
        'environment taken out, image digests, node, restarts and events. What looks like a password or token is blacked ' +
        'out. Taken by itself after each drain.',
      examples: [['Keep what is known of a pod', 'evidence b85tm']],
    },
  },
  operations: {
    ...VIEWER,
    name: 'operations',
    fields: [noWords('shows all operations')],
    aliases: ['ops', 'history'],
    help: {
      summary: 'What pitlane is doing now, and did within a day.',
      description: 'Shows the changes that are under way and those that have ended within 24 hours, with who asked.',
      examples: [['See what is under way', 'operations']],
    },
  },
  cancel: {
    name: 'cancel',
    fields: [operationWord],
    role: 'operator',
    rights: [],
    aliases: ['abort', 'stop'],
    help: {
      summary: 'End an operation where it stands.',
      description:
        'Ends an operation that is under way: nothing more is written, and what is written already stands; it is said, ' +
        'with what takes it back. Without a name it ends the only one there is.',
      examples: [
        ['End the only operation', 'cancel'],
        ['End the operation on a pod', 'cancel b85tm'],
      ],
    },
  },
  inspect: {
    name: 'inspect',
    fields: [POD],
    role: 'viewer',
    rights: EVENTS,
    pods: anyPod('inspect', 'inspect'),
    aliases: ['describe', 'show'],
    help: {
      summary: 'State, events and last crash of a pod.',
      description:
        'Shows one pod: its state in the service, conditions, containers with their last termination, requests and limits, ' +
        'and its events, the newest first.',
      examples: [['Look at a pod', 'inspect b85tm']],
    },
  },
  logs: {
    name: 'logs',
    fields: [
      POD_OR_SELECTOR,
      text(
        'container',
        { name: 'container', short: 'c', value: 'rng' },
        {
          type: 'name',
          pattern: CONTAINER_NAME,
          expected: 'a container name: at most 63 lower-case letters, digits and "-"',
        },
        'The name of a container. Absent: all of them.',
      ),
      flag('previous', { name: 'previous', short: 'p' }, "The log of the container's previous run.", 'previous'),
      number(
        'tail',
        { name: 'tail', value: String(DEFAULT_TAIL) },
        { type: 'number', least: 1, most: LONGEST_TAIL, otherwise: DEFAULT_TAIL },
        { unit: 'lines', about: 'Lines from the end.' },
      ),
      flag('follow', { name: 'follow', short: 'f' }, 'The lines to come.'),
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
    rights: LOGS,
    pods: anyPod('read the log of', 'show logs of'),
    aliases: ['log', 'tail'],
    help: {
      summary: 'The log of a pod, or of several.',
      description:
        'Shows the last lines of the log of each container: 100, or as many as --tail says (at most 10000). --previous shows ' +
        'the run before the last restart. --follow goes on until you stop it; Slack can not follow a log.',
      examples: [
        ['Read the last 20 lines of a pod', 'logs b85tm --tail 20'],
        ['Read why it crashed', 'logs b85tm --previous'],
        ['Read one container of all pods', 'logs -l app=rng -c rng'],
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
      summary: 'All commands, or one with examples.',
      description: 'Explains all commands in a line each, or one of them in full.',
      examples: [['Read about a command', 'help drain']],
    },
  },
};
