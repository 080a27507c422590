import { type GateReport, gateDetails, gateInstead, gateSummary, repairsOf } from '../../operate/gate.ts';
import type { GateWarning } from '../../operate/tick/courier.ts';
import { context, type Message, message, section, sections } from '../blocks/blocks.ts';
import { code, escapeInline, escapeText, mentionFirst, moment, person } from '../blocks/mrkdwn.ts';
import type { Setting } from './setting.ts';
import { typed } from './told-view.ts';

export function gateView(report: GateReport, setting: Setting): Message {
  const summary = mentionFirst(gateSummary(report));
  const details = gateDetails(report).map((detail) => `• ${escapeText(detail)}`);
  const ways = gateInstead(report).map((way) => code(typed(way, setting)));
  const first = firstOf(report.troubles);
  return message('gate', summary, [
    section([`*${summary}*`, ...details].join('\n')),
    sections(report.troubles.map(({ message: trouble }) => `⚠ ${mentionFirst(trouble)}`)),
    context(`${first}Next: ${ways.join(' or ')}`),
  ]);
}

/** For the thread of the report of the setup, or for the service's channel. */
export function gateWarningView(
  { note, service, troubles, canRepair }: GateWarning,
  { address }: Pick<Setting, 'address'>,
): Message {
  const { label, by, at } = note;
  const heading = `*${escapeInline(service.key)}*: the gate ${code(label)} is not as it was set up.`;
  const [repair, remove] = repairsOf(label).map((way) => code(`${address} ${way}`));
  return message('gateWarning', heading, [
    section([heading, ...troubles.map(({ message: trouble }) => `⚠ ${escapeText(trouble)}`)].join('\n')),
    context(
      `${canRepair ? `${firstOf(troubles)}Repair it: ${repair}. Remove it: ${remove}. ` : ''}Set up by ${person(by)} ${moment(at)}`,
    ),
  ]);
}

function firstOf(troubles: GateWarning['troubles']): string {
  const lines = troubles.flatMap(({ first }) => (first === undefined ? [] : code(first)));
  return lines.length === 0 ? '' : `First: ${lines.join(', ')}. `;
}
