import { aboutPod } from '../../command/request.ts';
import type { Choice, Helped, NotUnderstood, Outcome } from '../../operate/outcome.ts';
import { format } from '../../operations/commands.ts';
import { context, type Message, message, section, sections, sentence } from '../blocks/blocks.ts';
import { code, codeBlock, escapeInline, escapeText } from '../blocks/escape.ts';
import { podMenu } from '../blocks/pod-menu.ts';
import { doneView, failedView, unfinishedView } from './change-view.ts';
import { drainedView } from './drained-view.ts';
import { evidenceComment } from './evidence-view.ts';
import { inspectView, logsView } from './inspect-view.ts';
import { cancelledView, deniedView, repeatedView, runningView } from './journal-view.ts';
import { listView } from './list-view.ts';
import { operationsView } from './operations-view.ts';
import { proposalView, refusalView, typed } from './plan-view.ts';
import type { Setting } from './setting.ts';

/** Any outcome as a Slack message. */
export function outcomeView(outcome: Outcome, setting: Setting): Message {
  switch (outcome.kind) {
    case 'listed':
      return listView(outcome, setting);
    case 'inspected':
      return inspectView(outcome);
    case 'logged':
      return logsView(outcome);
    case 'helped':
      return helpView(outcome);
    case 'notUnderstood':
      return notUnderstoodView(outcome, setting);
    case 'choice':
      return choiceView(outcome, setting);
    case 'refusal':
      return refusalView(outcome, setting);
    case 'proposal':
      return proposalView(outcome, setting);
    case 'done':
      return doneView(outcome, setting);
    case 'unfinished':
      return unfinishedView(outcome, setting);
    case 'failed':
      return failedView(outcome, setting);
    case 'denied':
      return deniedView(outcome);
    case 'running':
      return runningView(outcome, setting);
    case 'repeated':
      return repeatedView(outcome, setting);
    case 'cancelled':
      return cancelledView(outcome, setting);
    case 'operations':
      return operationsView(outcome, setting);
    case 'drainedList':
      return drainedView(outcome);
    case 'evidence':
      return sentence('evidence', evidenceComment(outcome));
  }
}

function helpView({ text }: Helped): Message {
  return message('helped', escapeInline(text.split('\n', 1)[0] ?? 'help'), sections([codeBlock(text)]));
}

function notUnderstoodView({ message: sentence, instead }: NotUnderstood, setting: Setting): Message {
  const ways = instead.map((way) => code(typed(way, setting)));
  const line = ways.length === 0 ? '' : `\n${ways.length === 1 ? 'Instead' : 'Instead, one of'}: ${ways.join(', ')}`;
  return message('notUnderstood', escapeText(sentence), [section(escapeText(sentence) + line)]);
}

/** Block Kit reference: "Select menu element", options. */
const MOST_OPTIONS = 100;
/** How many commands to type are shown if the request does not fit into a menu. */
const MOST_TYPED = 5;

function choiceView({ request, message: sentence, candidates }: Choice, { address }: Setting): Message {
  const shown = candidates.slice(0, MOST_OPTIONS);
  const menu = podMenu(
    request,
    address,
    shown.map(({ pod, state }) => {
      const health = pod.status === 'Running' ? state : `${state}, ${pod.status}`;
      const restarts = pod.restarts > 0 ? `, ${pod.restarts} restarts` : '';
      return { pod, text: `${pod.name} · ${health}${restarts}` };
    }),
  );
  const left = candidates.length - shown.length;
  const more = `Showing ${shown.length} of ${candidates.length}, most suspicious first. For another pod, type its name: ${code(`${address} ${format(aboutPod(request, 'NAME'))}`)}`;
  if (candidates.length === 0) return message('choice', escapeText(sentence), [section(escapeText(sentence))]);
  if (menu !== undefined) {
    return message('choice', escapeText(sentence), [
      section(escapeText(sentence)),
      menu,
      ...(left > 0 ? [context(more)] : []),
    ]);
  }
  const typedOut = shown.map(({ pod }) => code(`${address} ${format(aboutPod(request, pod.name))}`));
  return message('choice', escapeText(sentence), sections([escapeText(sentence), ...typedOut.slice(0, MOST_TYPED)]));
}
