import { becauseField, dryRunField, flagField, forceField } from '../../command/fields.ts';
import type { ChangeRequest } from '../../command/request.ts';
import { fromField } from '../canary/fields.ts';
import { FOLLOW, FOLLOW_SERVICE, RECORD, type Rule, rule } from '../rights.ts';
import type { OperationSpec } from '../spec.ts';

export interface SpreadRequest extends ChangeRequest {
  /** `rng` or `deployment/rng`. Absent: the only Deployment of the service. */
  readonly from?: string;
  /** The Deployment keeps its pods. */
  readonly keep?: boolean;
}

const RIGHTS: readonly Rule[] = [
  ...FOLLOW,
  ...FOLLOW_SERVICE,
  ...RECORD,
  rule('apps', ['deployments'], ['list', 'watch', 'patch']),
];

const NEEDS = {
  members: 'summary',
  owner: true,
  bystanders: true,
  adopters: true,
  headroom: true,
  gate: 'rule',
  spread: true,
} as const;

/** Makes a DaemonSet of a Deployment: one pod on each node that takes it. */
export const spread: OperationSpec = {
  name: 'spread',
  fields: [
    fromField,
    flagField('keep', { name: 'keep' }, 'Keep the pods of the Deployment too.', 'keep'),
    dryRunField,
    forceField,
    becauseField,
  ],
  aliases: ['daemonset'],
  manifest: 'spread manifest',
  help: {
    summary: 'Run one pod on each node: make a DaemonSet of the Deployment.',
    description:
      'Creates a DaemonSet of the same name with the pod template of the Deployment, and shows how the manifests differ. ' +
      'Its pods have the same labels, so they get traffic. Once it has a pod in rotation on each node that takes one, the ' +
      'Deployment is scaled to 0. The Deployment itself stays until spread finish; spread back returns to it. With --keep ' +
      'its pods stay too. With -o yaml the manifest of the DaemonSet is printed and nothing changes. Run it again to finish ' +
      'a spread that was interrupted, or to take over a DaemonSet that was made by hand.',
    examples: [
      ['Show the plan without changing anything', 'spread --dry-run'],
      ['Run one pod on each node', 'spread because one cache per node'],
      ['Keep the pods of the Deployment too', 'spread --keep'],
      ['Print the manifest of the DaemonSet', 'spread -o yaml'],
    ],
  },
  role: 'admin',
  rights: { admin: [...RIGHTS, rule('apps', ['daemonsets'], ['create'])] },
  words: { ask: 'Spread', doing: 'Spreading', done: 'Spread', event: 'Spread', was: 'was spread' },
  subject: 'service',
  needs: NEEDS,
  meets: 'supersedes',
  opposite: 'spread back',
};

/** Returns to the Deployment, and deletes the DaemonSet. */
export const spreadBack: OperationSpec = {
  name: 'spread back',
  fields: [fromField, dryRunField, forceField, becauseField],
  help: {
    summary: 'Undo a spread: return to the Deployment.',
    description:
      'Scales the Deployment to the number of pods that it had before the spread. Once all of them are in rotation, deletes ' +
      'the DaemonSet with its pods. It also undoes half a spread. Not possible after spread finish.',
    examples: [['Return to the Deployment', 'spread back']],
  },
  role: 'admin',
  rights: { admin: [...RIGHTS, rule('apps', ['daemonsets'], ['delete'])] },
  words: {
    ask: 'Undo the spread of',
    doing: 'Undoing the spread of',
    done: 'Undid the spread of',
    event: 'SpreadBack',
    was: 'was spread back',
  },
  subject: 'service',
  needs: NEEDS,
  meets: 'supersedes',
  opposite: 'spread',
};

/** Deletes the Deployment that a DaemonSet has replaced. */
export const spreadFinish: OperationSpec = {
  name: 'spread finish',
  fields: [fromField, dryRunField, forceField, becauseField],
  help: {
    summary: 'Delete the Deployment after a spread.',
    description:
      'Deletes the Deployment that spread has scaled to 0, with its revisions. It always asks, because nothing undoes it. ' +
      'The DaemonSet must have a pod in rotation on each of its nodes.',
    examples: [['Delete the Deployment', 'spread finish']],
  },
  role: 'admin',
  rights: { admin: [...RIGHTS, rule('apps', ['deployments'], ['delete'])] },
  words: {
    ask: 'Finish the spread of',
    doing: 'Finishing the spread of',
    done: 'Finished the spread of',
    event: 'SpreadFinished',
    was: 'was spread for good',
  },
  subject: 'service',
  needs: NEEDS,
  meets: 'supersedes',
  cannotBeUndone: 'A deleted Deployment cannot be restored. Create it again from its manifest.',
};
