import { type Selecting, selectingIn } from '../../rotation/bystanders.ts';
import { type Effect, effect } from '../../rotation/effect.ts';
import { gateOf, gateText } from '../../rotation/gate-record.ts';
import { matches } from '../../rotation/selector.ts';
import { nameOf } from '../../rotation/workload.ts';
import { compact, count, duration, list, percent } from '../../text/words.ts';
import { BACKSTOP_SECONDS, hostPortsOf, mainContainer, secondsOf } from './canary-pod.ts';
import { type CanaryView, isLowPriority, shareAfter } from './checks.ts';
import { variableName } from './fields.ts';

/** `withShare`: false for the fingerprint, because the number of pods in rotation changes all the time. */
export function effectsOf(view: CanaryView, withShare = true): readonly Effect[] {
  const { snapshot, operation, request, labels } = view;
  const { service, policy } = snapshot;
  const seconds = secondsOf(request);
  const ended = seconds + BACKSTOP_SECONDS;
  const adopters = list(labels.guardedFrom.map(nameOf));
  const so = adopters === '' ? 'no controller adopts them' : 'every PodDisruptionBudget keeps counting';
  const lack = `${labels.dropped.length === 1 ? 'label' : 'labels'} ${list(labels.dropped)}`;
  const gate = gateText(gateOf(service, policy) ?? policy.gate);
  return compact(
    effect('CanariesMade', madeText(view), { count: request.count, owner: nameOf(view.workload) }),
    withShare && !request.out && shareEffect(view),
    request.out && effect('CanariesStayOut', `${service.name} sends them no traffic until they get the label ${gate}.`),
    labels.dropped.length > 0 &&
      effect('LabelsDropped', `They lack ${lack} of the template, so that ${so}.`, { labels: labels.dropped }),
    adopters === ''
      ? effect(
          'HaveNoController',
          'They have no controller: nothing replaces them, and kubectl drain of their nodes needs --force.',
        )
      : effect(
          'ServiceIsController',
          `Service ${service.name} is their controller, so that ${adopters} can't adopt them. Nothing replaces them.`,
        ),
    ...omittedEffects(view),
    ...effectsOnSelecting(view),
    operation.hasTick
      ? effect('TimeEnds', `In ${duration(seconds)}, Pitlane saves their evidence and deletes them.`, {
          seconds,
          then: 'finish',
        })
      : effect('KubernetesEndsThem', `After ${duration(ended)}, Kubernetes ends them; canary stop deletes them.`, {
          seconds: ended,
        }),
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

/** What the template has and the canaries do not. */
function omittedEffects({ workload: { template }, model }: CanaryView): readonly Effect[] {
  const { containers, initContainers = [], hostNetwork, priorityClassName } = template.spec;
  const ports = hostNetwork === true ? [] : [...containers, ...initContainers].flatMap(hostPortsOf).map(String);
  const unused = `They do not use host port ${list(ports)}, which the workload's pods need on their nodes.`;
  const lower = `They do not have priority class ${priorityClassName}, so that they preempt no pods of default priority.`;
  return compact(
    ports.length > 0 && effect('PortsLeftOut', unused, { ports }),
    typeof priorityClassName === 'string' && !isLowPriority(model) && effect('PriorityLeftOut', lower),
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
