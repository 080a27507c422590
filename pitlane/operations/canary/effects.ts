import { type Selecting, selectingIn } from '../../rotation/bystanders.ts';
import { type Effect, effect } from '../../rotation/effect.ts';
import { gateOf } from '../../rotation/gate-record.ts';
import { matches } from '../../rotation/selector.ts';
import { nameOf } from '../../rotation/workload.ts';
import { compact, count, duration, list, percent } from '../../text/words.ts';
import { BACKSTOP_SECONDS, hostPortsOf, mainContainer, secondsOf } from './canary-pod.ts';
import { type CanaryView, isLowPriority, shareAfter } from './checks.ts';
import { variableName } from './fields.ts';

/** `withShare`: false for the fingerprint, because the number of pods in rotation changes all the time. */
export function effectsOf(view: CanaryView, withShare = true): readonly Effect[] {
  const { snapshot, operation, request, labels } = view;
  const { service } = snapshot;
  const seconds = secondsOf(request);
  return compact(
    effect('CanariesMade', madeText(view), { count: request.count, owner: nameOf(view.workload) }),
    withShare && !request.out && shareEffect(view),
    request.out && effect('CanariesStayOut', outText(view)),
    labels.dropped.length > 0 &&
      effect(
        'LabelsDropped',
        `They lack ${labels.dropped.length === 1 ? 'label' : 'labels'} ${list(labels.dropped)} of the template, so that ${labels.guardedFrom.length > 0 ? 'every PodDisruptionBudget keeps counting' : 'no controller adopts them'}.`,
        { labels: labels.dropped },
      ),
    labels.guardedFrom.length > 0
      ? effect(
          'ServiceIsController',
          `Service ${service.name} is their controller, so that ${list(labels.guardedFrom.map(nameOf))} can't adopt them. Nothing replaces them.`,
        )
      : effect(
          'HaveNoController',
          'They have no controller: nothing replaces them, and kubectl drain of their nodes needs --force.',
        ),
    ...omittedEffects(view),
    ...effectsOnSelecting(view),
    operation.hasTick
      ? effect('TimeEnds', `In ${duration(seconds)}, Pitlane saves their evidence and deletes them.`, {
          seconds,
          then: 'finish',
        })
      : effect(
          'KubernetesEndsThem',
          `After ${duration(seconds + BACKSTOP_SECONDS)}, Kubernetes ends them; canary stop deletes them.`,
          { seconds: seconds + BACKSTOP_SECONDS },
        ),
    effect('LogsTogether', `Their logs together: logs -l pitlane.dev/canary=${service.name} --follow`),
  );
}

function madeText({ request, workload, snapshot }: CanaryView): string {
  const { image, env = [], args } = request;
  const main = mainContainer(workload.template, workload.name, snapshot.service.name);
  const changes = compact(
    image !== undefined && `image ${image} instead of ${main.image}`,
    env.length > 0 && `${list(env.map(variableName))} set`,
    args !== undefined && `arguments ${args.join(' ')}`,
  );
  const what = changes.length === 0 ? 'unchanged' : `with ${list(changes)} in container ${main.name}`;
  return `${count(request.count, 'canary pod')} from the template of ${nameOf(workload)}, ${what}.`;
}

function shareEffect({ snapshot, request }: CanaryView): Effect {
  const { canaries, all } = shareAfter(snapshot, request.count);
  const { internalTrafficPolicy, externalTrafficPolicy, name } = snapshot.service;
  const isLocal = internalTrafficPolicy === 'Local' || externalTrafficPolicy === 'Local';
  const unevenly = isLocal ? ' on average; with a traffic policy of Local it depends on the node' : '';
  const text = `${name} will have ${count(all, 'pod')} in rotation, ${canaries} of them ${canaries === 1 ? 'a canary' : 'canaries'}: ${percent(canaries, all)} of the traffic${unevenly}.`;
  return effect('CanariesShare', text, { pods: all, canaries });
}

function outText({ snapshot: { service, policy } }: CanaryView): string {
  const { key, value } = gateOf(service, policy) ?? policy.gate;
  return `${service.name} sends them no traffic until they get the label ${key}=${value}.`;
}

/** What the template has and the canaries do not. */
function omittedEffects({ workload: { template }, model }: CanaryView): readonly Effect[] {
  const { containers, initContainers = [], hostNetwork, priorityClassName } = template.spec;
  const ports = hostNetwork === true ? [] : [...containers, ...initContainers].flatMap(hostPortsOf);
  return compact(
    ports.length > 0 &&
      effect(
        'PortsLeftOut',
        `They do not use host port ${list(ports.map(String))}, which the workload's pods need on their nodes.`,
        { ports: ports.map(String) },
      ),
    typeof priorityClassName === 'string' &&
      !isLowPriority(model) &&
      effect(
        'PriorityLeftOut',
        `They do not have priority class ${priorityClassName}, so that they preempt no pods of default priority.`,
      ),
  );
}

/** Everything else in the namespace that selects the canaries. */
function effectsOnSelecting({ snapshot, labels: { labels }, request }: CanaryView): readonly Effect[] {
  const selecting = selectingIn(snapshot.bystanders).filter(({ selector }) => matches(selector, labels));
  const about = (code: string, kind: Selecting['kind'], [one, many]: readonly [string, string], rest: string) => {
    const names = selecting
      .filter((each) => each.kind === kind)
      .map(({ name }) => name)
      .sort();
    return (
      names.length > 0 && effect(code, `${kind} ${list(names)} ${names.length === 1 ? one : many} ${rest}.`, { names })
    );
  };
  const more = count(request.count, 'more disruption');
  return compact(
    about('JoinsServices', 'Service', ['also sends', 'also send'], 'them traffic'),
    about('JoinsPolicies', 'NetworkPolicy', ['applies', 'apply'], 'to them'),
    about(
      'JoinsBudgets',
      'PodDisruptionBudget',
      ['counts', 'count'],
      `them as healthy, and may allow ${more} meanwhile`,
    ),
  );
}
