import type { Check, Operation, Refusal } from '../../rotation/plan.ts';
import { refusal } from '../../rotation/safety.ts';
import type { Snapshot, Spreadable, WholeWorkload } from '../../rotation/snapshot.ts';
import { nameOf } from '../../rotation/workload.ts';
import { list } from '../../text/words.ts';
import { isMeant, wordOf } from '../canary/workload.ts';
import { format } from '../commands.ts';
import type { SpreadRequest } from './spread.ts';

/** A Deployment, and the DaemonSet of its name if there is one. */
export type Chosen = Spreadable & { readonly deployment: WholeWorkload };

/** The Deployment that the request is about, or why there is none. */
export function chooseDeployment(
  { spread = [], service }: Snapshot,
  request: Pick<SpreadRequest, 'from'>,
  isPossible: (each: Chosen) => boolean = () => true,
): Chosen | readonly Check[] {
  const all = spread.filter((each): each is Chosen => each.deployment !== undefined);
  const { from } = request;
  const meant =
    from === undefined ? all.filter(isPossible) : all.filter((each) => isMeant(from, each.deployment.controller));
  const [only = all[0], ...others] = meant;
  const instead = ({ deployment }: Chosen) =>
    format({ ...request, from: wordOf(deployment.controller) } as SpreadRequest);
  if (only !== undefined && others.length > 0)
    return meant.map((each) =>
      refusal(
        'SeveralWorkloads',
        `${nameOf(each.deployment.controller)} is one of ${meant.length} Deployments that serve ${service.name}. Choose one with --from.`,
        instead(each),
      ),
    );
  if (meant[0] !== undefined) return meant[0];
  if (only !== undefined && from === undefined) return only;
  if (only !== undefined)
    return [
      refusal(
        'WorkloadUnknown',
        `${from} is not a Deployment that serves ${service.name}; ${list(all.map(({ deployment }) => nameOf(deployment.controller)))} ${all.length === 1 ? 'is' : 'are'}.`,
        instead(only),
      ),
    ];
  const daemonSets = spread.flatMap(({ daemonSet }) => (daemonSet ? nameOf(daemonSet.controller) : []));
  const why =
    daemonSets.length > 0
      ? `Only ${list(daemonSets)} ${daemonSets.length === 1 ? 'serves' : 'serve'} ${service.name}, on each node already.`
      : `No pod of ${service.name} belongs to a Deployment.`;
  return [refusal('NoWorkload', `${why} There is no Deployment to spread.`, 'list')];
}

export function refused(operation: Operation, checks: readonly Check[]): Refusal {
  return { kind: 'refusal', operation, checks, isForceable: false };
}
