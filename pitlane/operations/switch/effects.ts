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
  const [leave, stay] = others.length === 1 ? ['leaves', 'stays'] : ['leave', 'stay'];
  const left = `${count(others.length, 'other pod')} ${leave} the endpoints and ${stay} up. ${TRAFFIC_LAGS}`;
  const both = `Both sets get traffic for at least ${FOLLOWED_SECONDS} s, so that slow load balancers know the new pods first.`;
  return compact(
    isWidened &&
      record !== undefined &&
      effect(
        'IsWidened',
        `Both sets get traffic since the switch from ${record.from} to ${record.to} by ${idAndName(record)} at ${time(record.at)}, which is not finished.`,
      ),
    ...waysOf(view),
    isWide && effect('BothServe', both),
    servesAlone(view),
    others.length > 0 && effect('OthersLeave', left, { pods: others.length }),
    ...autoscalersOf(view),
  );
}

function servesAlone({ snapshot: { service }, label, ready, target }: SwitchView): Effect {
  const { name } = service;
  const listed = target.filter(({ nodeName }) => nodeName !== undefined).length;
  const waiting = listed - ready.length;
  if (service.publishNotReadyAddresses && waiting > 0) {
    const text = `Then ${count(listed, 'pod')} with ${gateText(label)} serve ${name} alone, ${waiting} not ready among them: ${name} publishes addresses that are not ready.`;
    return effect('ServesWithUnready', text, { pods: listed });
  }
  const serve = ready.length === 1 ? 'serves' : 'serve';
  const text = `Then ${count(ready.length, 'ready pod')} with ${gateText(label)} ${serve} ${name} alone.`;
  return effect('ServesAlone', text, { pods: ready.length });
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
  const gets = `${count(takeIn, 'pod')} ${takeIn === 1 ? 'gets' : 'get'} the label ${gateText(gate)}.`;
  const [lose, are, them] = takeOut === 1 ? ['loses', 'is', 'it'] : ['lose', 'are', 'them'];
  const what = takeIn > 0 ? 'it' : `the label ${gateText(gate)}`;
  const loses = `${count(takeOut, 'pod')} ${lose} ${what} and ${are} marked as disabled; nothing replaces ${them}.`;
  return compact(
    takeIn > 0 && effect('PodsGetLabel', gets, { pods: takeIn }),
    takeOut > 0 && effect('PodsLoseLabel', loses, { pods: takeOut }),
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
