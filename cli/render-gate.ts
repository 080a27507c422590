import { type GateReport, gateDetails, gateInstead, gateSummary } from '../pitlane/operate/gate.ts';
import { insteadLines, type Style } from './style.ts';

export function renderGate(report: GateReport, style: Style): readonly string[] {
  return [
    style.paint('bold', gateSummary(report)),
    ...gateDetails(report).map((detail) => `  ${detail}`),
    ...report.troubles.map(({ message }) => `${style.paint('yellow', 'warning')}   ${message}`),
    'Next:',
    ...insteadLines([...report.troubles.flatMap(({ first }) => first ?? []), ...gateInstead(report)], style),
  ];
}
