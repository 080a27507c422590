import { FOLLOWED_SECONDS } from '../../rotation/data-planes.ts';
import { type Effect, effect } from '../../rotation/effect.ts';
import { labelsWithout, workloadsOfPods } from '../../rotation/gate.ts';
import { gateText } from '../../rotation/gate-record.ts';
import { DISABLED } from '../../rotation/marks.ts';
import { type Plan, TRAFFIC_LAGS } from '../../rotation/plan.ts';
import { ifSeen } from '../../rotation/snapshot.ts';
import { nameOf } from '../../rotation/workload.ts';
import { compact, count, idAndName, pairs, shellWord, time } from '../../text/words.ts';
import { selectorText } from './checks.ts';
import { podsToTakeIn, podsToTakeOut, type SwitchView } from './view.ts';

export function doneText({ snapshot: { service }, label, gate, record }: SwitchView): string {
  const to = gateText(label);
  const since = record?.to === to ? `, switched by ${idAndName(record)} at ${time(record.at)}` : '';
  return gate === undefined
    ? `${service.name} already selects ${to}${since}. Nothing is left to do.`
    : `Only pods with ${to} have ${gateText(gate)} already${since}. Nothing is left to do.`;
}

export function effectsOf(view: SwitchView): readonly Effect[] {
  const { others, isWide, isWidened, record } = view;
  return compact(
    isWidened &&
      record !== undefined &&
      effect(
        'IsWidened',
        `Both sets get traffic since the switch from ${record.from} to ${record.to} by ${idAndName(record)} at ${time(record.at)}, which is not finished.`,
      ),
    ...waysOf(view),
    isWide &&
      effect(
        'BothServe',
        `Both sets get traffic for at least ${FOLLOWED_SECONDS} s, so that slow load balancers know the new pods first.`,
      ),
    servesAlone(view),
    others.length > 0 &&
      effect(
        'OthersLeave',
        `${count(others.length, 'other pod')} ${others.length === 1 ? 'leaves' : 'leave'} the endpoints and ${others.length === 1 ? 'stays' : 'stay'} up. ${TRAFFIC_LAGS}`,
        { pods: others.length },
      ),
    ...autoscalersOf(view),
  );
}

function servesAlone({ snapshot: { service }, label, ready, target }: SwitchView): Effect {
  const text = gateText(label);
  const listed = target.filter(({ nodeName }) => nodeName !== undefined);
  const waiting = listed.length - ready.length;
  return service.publishNotReadyAddresses && waiting > 0
    ? effect(
        'ServesWithUnready',
        `Then ${count(listed.length, 'pod')} with ${text} serve ${service.name} alone, ${waiting} not ready among them: ${service.name} publishes addresses that are not ready.`,
        { pods: listed.length },
      )
    : effect(
        'ServesAlone',
        `Then ${count(ready.length, 'ready pod')} with ${text} ${ready.length === 1 ? 'serves' : 'serve'} ${service.name} alone.`,
        { pods: ready.length },
      );
}

function waysOf(view: SwitchView): readonly Effect[] {
  const { snapshot, label, gate } = view;
  const { service } = snapshot;
  if (gate === undefined) {
    const selector = { ...service.selector, [label.key]: label.value };
    const text = `${service.name} then selects ${selectorText(selector)}. No pod changes.`;
    return [effect('Selects', text, { labels: pairs(selector) })];
  }
  const takeIn = podsToTakeIn(view).length;
  const takeOut = podsToTakeOut(view).length;
  return compact(
    takeIn > 0 &&
      effect('PodsGetLabel', `${count(takeIn, 'pod')} ${takeIn === 1 ? 'gets' : 'get'} the label ${gateText(gate)}.`, {
        pods: takeIn,
      }),
    takeOut > 0 &&
      effect(
        'PodsLoseLabel',
        `${count(takeOut, 'pod')} ${takeOut === 1 ? 'loses' : 'lose'} ${takeIn > 0 ? 'it' : `the label ${gateText(gate)}`} and ${takeOut === 1 ? 'is' : 'are'} marked as disabled; nothing replaces ${takeOut === 1 ? 'it' : 'them'}.`,
        { pods: takeOut },
      ),
  );
}

/** Budgets count ready pods, so they do not change; load does. */
function autoscalersOf({ snapshot, others }: SwitchView): readonly Effect[] {
  const workloads = workloadsOfPods(snapshot, others).map(({ root, ref }) => root ?? ref);
  return (ifSeen(snapshot.bystanders)?.autoscalers ?? []).flatMap(({ name, target, min }) => {
    const scaled = workloads.find(({ kind, name: of }) => kind === target.kind && of === target.name);
    return scaled === undefined
      ? []
      : effect(
          'AutoscalerSeesNoLoad',
          `HorizontalPodAutoscaler ${name} sees no load of ${snapshot.service.name} any more and may scale ${nameOf(scaled)} down to ${min}.`,
          { names: [name] },
        );
  });
}

/** The kubectl lines that move the traffic back. */
export function undoOf({ snapshot, label, from, gate }: SwitchView): Plan['undo'] {
  const { name, namespace } = snapshot.service;
  if (from === undefined) return [];
  const kubectl = `kubectl -n ${namespace}`;
  if (gate === undefined) {
    const selector = { [label.key]: from.slice(label.key.length + 1) };
    return [`${kubectl} patch service ${name} -p ${shellWord(JSON.stringify({ spec: { selector } }))}`];
  }
  const base = selectorText(labelsWithout(snapshot, gate));
  const pods = (text: string) => `pods -l ${shellWord(`${base},${text}`)}`;
  return [
    `${kubectl} label ${pods(from)} ${shellWord(gateText(gate))}`,
    `${kubectl} annotate ${pods(from)} ${DISABLED}-`,
    `${kubectl} label ${pods(gateText(label))} ${gate.key}-`,
  ];
}
