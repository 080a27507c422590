import { gateOf } from '../../rotation/gate-record.ts';
import { matches, selectorOf, selectorOfLabelSelector } from '../../rotation/selector.ts';
import { ifSeen } from '../../rotation/snapshot.ts';
import { nameOf } from '../../rotation/workload.ts';
import { compact, count, duration, list, percent } from '../../text/words.ts';
import { BACKSTOP_SECONDS, hostPortsOf, mainContainer } from './canary-pod.ts';
import { type CanaryView, isLowPriority, shareAfter } from './checks.ts';
import { secondsOf } from './record.ts';

/** `withShare`: false for the fingerprint, because the number of pods in rotation changes all the time. */
export function effectsOf(view: CanaryView, withShare = true): readonly string[] {
  const { snapshot, operation, request, labels } = view;
  const { service } = snapshot;
  const seconds = secondsOf(request);
  return compact(
    madeText(view),
    withShare && !request.out && shareText(view),
    request.out && outText(view),
    labels.dropped.length > 0 &&
      `They lack ${labels.dropped.length === 1 ? 'label' : 'labels'} ${list(labels.dropped)} of the template, so that ${labels.guardedFrom.length > 0 ? 'every PodDisruptionBudget keeps counting' : 'no controller adopts them'}.`,
    labels.guardedFrom.length > 0
      ? `Service ${service.name} is their controller, so that ${list(labels.guardedFrom.map(nameOf))} can't adopt them. Nothing replaces them.`
      : 'They have no controller: nothing replaces them, and kubectl drain of their nodes needs --force.',
    ...omittedTexts(view),
    ...textsOfOthers(view),
    operation.hasTick
      ? `In ${duration(seconds)}, Pitlane saves their evidence and deletes them.`
      : `After ${duration(seconds + BACKSTOP_SECONDS)}, Kubernetes ends them; canary stop deletes them.`,
    `Their logs together: logs -l pitlane.dev/canary=${service.name} --follow`,
  );
}

function madeText({ request, workload, snapshot }: CanaryView): string {
  const { image, env = [], args } = request;
  const main = mainContainer(workload.template, workload.name, snapshot.service.name);
  const changes = compact(
    image !== undefined && `image ${image} instead of ${main.image}`,
    env.length > 0 && `${list(env.map((each) => each.slice(0, each.indexOf('='))))} set`,
    args !== undefined && `arguments ${args.join(' ')}`,
  );
  const what = changes.length === 0 ? 'unchanged' : `with ${list(changes)} in container ${main.name}`;
  return `${count(request.count, 'canary pod')} from the template of ${nameOf(workload)}, ${what}.`;
}

function shareText({ snapshot, request }: CanaryView): string {
  const { canaries, all } = shareAfter(snapshot, request.count);
  const { internalTrafficPolicy, externalTrafficPolicy, name } = snapshot.service;
  const isLocal = internalTrafficPolicy === 'Local' || externalTrafficPolicy === 'Local';
  const unevenly = isLocal ? ' on average; with a traffic policy of Local it depends on the node' : '';
  return `${name} will have ${count(all, 'pod')} in rotation, ${canaries} of them ${canaries === 1 ? 'a canary' : 'canaries'}: ${percent(canaries, all)} of the traffic${unevenly}.`;
}

function outText({ snapshot: { service, policy } }: CanaryView): string {
  const { key, value } = gateOf(service, policy) ?? policy.gate;
  return `${service.name} sends them no traffic until they get the label ${key}=${value}.`;
}

/** What the template has and the canaries do not. */
function omittedTexts({ workload: { template }, model }: CanaryView): readonly string[] {
  const { containers, initContainers = [], hostNetwork, priorityClassName } = template.spec;
  const ports = hostNetwork === true ? [] : [...containers, ...initContainers].flatMap(hostPortsOf);
  return compact(
    ports.length > 0 &&
      `They do not use host port ${list(ports.map(String))}, which the workload's pods need on their nodes.`,
    typeof priorityClassName === 'string' &&
      !isLowPriority(model) &&
      `They do not have priority class ${priorityClassName}, so that they preempt no pods of default priority.`,
  );
}

/** Everything else in the namespace that selects the canaries. */
function textsOfOthers({ snapshot, labels: { labels }, request }: CanaryView): readonly string[] {
  const others = ifSeen(snapshot.bystanders);
  if (others === undefined) return [];
  const services = others.services.filter(({ selector }) => matches(selectorOf(selector), labels));
  const policies = others.networkPolicies.filter(({ podSelector }) =>
    matches(selectorOfLabelSelector(podSelector), labels),
  );
  const budgets = others.budgets.filter(
    ({ selector }) => selector !== undefined && matches(selectorOfLabelSelector(selector), labels),
  );
  const names = (selecting: readonly { readonly name: string }[]) => list(selecting.map(({ name }) => name).sort());
  return compact(
    services.length > 0 && `Service ${names(services)} also ${sends(services)} them traffic.`,
    policies.length > 0 && `NetworkPolicy ${names(policies)} ${applies(policies)} to them.`,
    budgets.length > 0 &&
      `PodDisruptionBudget ${names(budgets)} ${budgets.length === 1 ? 'counts' : 'count'} them as healthy, and may allow ${count(request.count, 'more disruption')} meanwhile.`,
  );
}

const sends = ({ length }: readonly unknown[]) => (length === 1 ? 'sends' : 'send');
const applies = ({ length }: readonly unknown[]) => (length === 1 ? 'applies' : 'apply');
