import { type GateReport, gateDetails, gateInstead, gateSummary } from '../../operate/gate.ts';
import { context, type Message, message, section, sections } from '../blocks/blocks.ts';
import { code, escapeText, mentionFirst } from '../blocks/escape.ts';
import { typed } from './plan-view.ts';
import type { Setting } from './setting.ts';

export function gateView(report: GateReport, setting: Setting): Message {
  const summary = mentionFirst(gateSummary(report));
  const details = gateDetails(report).map((detail) => `• ${escapeText(detail)}`);
  const ways = gateInstead(report).map((way) => code(typed(way, setting)));
  return message('gate', summary, [
    section([`*${summary}*`, ...details].join('\n')),
    ...sections(report.troubles.map(({ message: trouble }) => `⚠ ${mentionFirst(trouble)}`)),
    context(`Next: ${ways.join(' or ')}`),
  ]);
}
