import {
  becauseField,
  dryRunField,
  durationField,
  flagField,
  forceField,
  noWordsField,
  numberField,
  textField,
} from '../../command/fields.ts';
import type { ChangeRequest } from '../../command/request.ts';
import { AROUND, CREATE_PODS, DELETE_PODS, FOLLOW, FOLLOW_SERVICE, LOGS, PATCH_PODS, RECORD } from '../rights.ts';
import type { OperationSpec } from '../spec.ts';
import { argsField, canariesField, envField, fromField, IMAGE } from './fields.ts';

/** Creates pods from the template of a workload, which join the service and which no controller adopts. */
export const canaryStart: OperationSpec = {
  name: 'canary start',
  fields: [
    fromField,
    textField('image', { name: 'image', value: 'example.com/rng:v2' }, IMAGE, 'The image of the main container.'),
    envField,
    argsField,
    numberField(
      'count',
      { name: 'count', value: '1' },
      { type: 'number', least: 1, most: 10, otherwise: 1 },
      { unit: 'pods', about: 'How many pods to create.' },
    ),
    flagField('out', { name: 'out' }, 'Without the gate label: ready first, traffic in a second step.', 'out'),
    durationField('20m', 'How long they live, such as 20m. Absent: 20m.'),
    noWordsField('takes its workload from --from'),
    dryRunField,
    becauseField,
  ],
  help: {
    summary: 'Create canary pods that join the service.',
    description:
      "Creates pods from a workload's template, with some variables, arguments or another image, for a part of the " +
      'traffic. No controller adopts them, so the workload keeps its own pods. Variables, arguments and image are those ' +
      'of the container that has the name of the workload or the service, or of the first one. A canary that is not ' +
      'ready within 3 minutes has failed: one that never ran is deleted, one that crashes stays for its log. With --out ' +
      'they wait outside of rotation for the label of the gate. When the time is up (1m to 7d), they are deleted. ' +
      'Another image needs an admin.',
    examples: [
      ['Send a part of the traffic to a pod that logs more', 'canary start --env LOG_LEVEL=debug because 5xx'],
      ['Try another image with two pods for an hour', 'canary start --image example.com/rng:v2 --count 2 for 1h'],
      ['Start outside of rotation', 'canary start --out'],
      ['Follow the logs of all canaries', 'logs -l pitlane.dev/canary=rng --follow'],
    ],
  },
  role: (request) => ('image' in request && request.image !== undefined ? 'admin' : 'operator'),
  rights: { operator: [...FOLLOW, ...FOLLOW_SERVICE, ...CREATE_PODS, ...DELETE_PODS, ...RECORD] },
  words: {
    ask: 'Start canaries of',
    doing: 'Starting canaries of',
    done: 'Started canaries of',
    event: 'CanaryStarted',
    was: 'got canaries',
  },
  subject: 'service',
  needs: { members: 'full', owner: true, bystanders: true, adopters: true, headroom: true },
  meets: 'independent',
  lookAfter: 'begins',
  opposite: 'canary stop',
};

/** Saves the evidence of canaries and deletes them. */
export const canaryStop: OperationSpec = {
  name: 'canary stop',
  fields: [canariesField, dryRunField, forceField],
  help: {
    summary: 'Save the evidence of canaries and delete them.',
    description:
      'Saves the evidence of the canaries and deletes them, as finish does; it always asks. Those that get traffic leave ' +
      'the endpoints first, and are deleted 6 s later. Only for canaries. Without evidence nothing is deleted, unless an ' +
      'admin adds --force. Without a pod, choose from a list.',
    examples: [
      ['Delete one canary', 'canary stop rng-canary-bcdfg'],
      ['Delete all canaries', 'canary stop all'],
    ],
  },
  role: 'operator',
  rights: { operator: [...FOLLOW, ...PATCH_PODS, ...DELETE_PODS, ...RECORD, ...AROUND, ...LOGS] },
  words: {
    ask: 'Stop canary',
    doing: 'Stopping canary',
    done: 'Stopped canary',
    event: 'CanaryStopped',
    was: 'was stopped',
  },
  subject: 'pods',
  pods: {
    includes: ({ kind, state }) => kind === 'canary' && state !== 'terminating',
    none: (service) => `${service} has no canaries.`,
    verb: 'stop',
  },
  needs: { members: 'summary', owner: true, bystanders: true, adopters: true },
  meets: 'supersedes',
  evidence: 'beforeWrite',
  lookAfter: 'ends',
  lookedAfter: 'canary',
  cannotBeUndone: 'Deleted pods cannot be restored.',
};

/** The values of `canary start`. */
export interface CanaryRequest extends ChangeRequest {
  /** The workload whose template is used: `rng`, or `deployment/rng`. Absent: the only one that serves. */
  from?: string;
  /** The image of the main container. */
  image?: string;
  /** Variables of the main container, `KEY=value`. */
  env?: readonly string[];
  /** The arguments of the main container. */
  args?: readonly string[];
  count: number;
  /** Without the gate label: ready first, traffic in a second step. */
  out: boolean;
}
