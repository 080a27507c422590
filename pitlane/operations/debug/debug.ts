import { becauseField, dryRunField, forceField, textField } from '../../command/fields.ts';
import { podsField } from '../../command/pod-fields.ts';
import type { ChangeRequest } from '../../command/request.ts';
import { CONTAINER_NAME } from '../../command/rules.ts';
import { IMAGE } from '../canary/fields.ts';
import { FOLLOW, RECORD, rule } from '../rights.ts';
import type { OperationSpec } from '../spec.ts';

export interface DebugRequest extends ChangeRequest {
  /** Absent: the configured one. */
  readonly image?: string;
  /** The container whose processes are seen. Absent: the only one; of several, none. */
  readonly target?: string;
}

/** Attaches a debug container to a drained pod. */
export const debug: OperationSpec = {
  name: 'debug',
  fields: [
    podsField,
    textField('image', { name: 'image', value: 'busybox' }, IMAGE, 'The image of the debug container.'),
    textField(
      'target',
      { name: 'target', value: 'rng' },
      { type: 'name', pattern: CONTAINER_NAME, expected: 'a container name' },
      'The container whose processes it sees. Absent: the only one.',
    ),
    dryRunField,
    forceField,
    becauseField,
  ],
  aliases: ['exec', 'shell', 'attach', 'ssh'],
  help: {
    summary: 'Start a debug container in a drained pod.',
    description:
      'Starts a container with a shell beside those of the pod (an ephemeral container), and says how to attach to it. It ' +
      "shares the pod's network and volumes of its own, and sees the processes of the target container. Nothing restarts. " +
      'Only for drained pods: in rotation it could disturb requests; --force overrides that. It stays until the pod is ' +
      'deleted, because Kubernetes removes no such container.',
    examples: [
      ['Start a debug container', 'debug b85tm'],
      ['With another image, and the processes of a container', 'debug b85tm --image nicolaka/netshoot --target rng'],
      ['Show the plan without changing anything', 'debug b85tm --dry-run'],
    ],
  },
  role: 'admin',
  rights: { admin: [...FOLLOW, ...RECORD, rule('', ['pods/ephemeralcontainers'], ['patch'])] },
  words: {
    ask: 'Debug',
    doing: 'Starting a debug container in',
    done: 'Started a debug container in',
    event: 'DebugContainer',
    was: 'got a debug container',
  },
  subject: 'pods',
  pods: {
    includes: ({ state }) => state === 'drained',
    none: (service) => `${service} has no drained pod to debug.`,
  },
  needs: { members: 'summary' },
  meets: 'independent',
  cannotBeUndone: 'A debug container stays until its pod is deleted, by finish for example: Kubernetes removes none.',
};
