import { aboutPod } from '../../command/request.ts';
import type { Choice, Outcome } from '../../operate/outcome.ts';
import { format } from '../../operations/commands.ts';
import { context, type Message, message, section, sections, sentence } from '../blocks/blocks.ts';
import { code, escapeText } from '../blocks/mrkdwn.ts';
import { MOST_OPTIONS, optionOf, podMenu } from '../blocks/pod-menu.ts';
import { doneView, failedView, unfinishedView } from './change-view.ts';
import { drainedView } from './drained-view.ts';
import { evidenceComment } from './evidence-view.ts';
import { gateView } from './gate-view.ts';
import { inspectView, logsView } from './inspect-view.ts';
import { cancelledView, deniedView, historyView, operationsView, repeatedView, runningView } from './journal-view.ts';
import { listView } from './list-view.ts';
import { manifestView } from './manifest-view.ts';
import { proposalView, refusalView } from './plan-view.ts';
import { schedulesView } from './schedules-view.ts';
import type { Setting } from './setting.ts';
import { helpView, notUnderstoodView } from './told-view.ts';

type View<K extends Outcome['kind']> = (outcome: Extract<Outcome, { kind: K }>, setting: Setting) => Message;

const VIEWS: { readonly [K in Outcome['kind']]: View<K> } = {
  listed: listView,
  inspected: inspectView,
  logged: logsView,
  helped: helpView,
  notUnderstood: notUnderstoodView,
  choice: choiceView,
  refusal: refusalView,
  proposal: proposalView,
  done: doneView,
  unfinished: unfinishedView,
  failed: failedView,
  denied: deniedView,
  running: runningView,
  repeated: repeatedView,
  cancelled: cancelledView,
  operations: operationsView,
  history: historyView,
  gate: gateView,
  manifest: manifestView,
  schedules: schedulesView,
  drainedList: drainedView,
  evidence: (evidence) => sentence('evidence', evidenceComment(evidence)),
};

export function outcomeView(outcome: Outcome, setting: Setting): Message {
  return (VIEWS[outcome.kind] as View<Outcome['kind']>)(outcome, setting);
}

/** How many commands to type are shown if the request does not fit into a menu. */
const MOST_TYPED = 5;

function choiceView({ request, message: sentence, candidates }: Choice, { address }: Setting): Message {
  const text = escapeText(sentence);
  const shown = candidates.slice(0, MOST_OPTIONS);
  const typed = (pod: string) => code(`${address} ${format(aboutPod(request, pod))}`);
  const options = shown.map(optionOf);
  if (options.length === 0) return message('choice', text, [section(text)]);
  const menu = podMenu(request, address, options);
  if (menu === undefined) {
    const names = shown.slice(0, MOST_TYPED).map(({ pod }) => typed(pod.name));
    return message('choice', text, sections([text, ...names]));
  }
  const more = `Showing ${shown.length} of ${candidates.length}, most suspicious first. For another pod, type its name: ${typed('NAME')}`;
  return message('choice', text, [section(text), menu, candidates.length > shown.length && context(more)]);
}
