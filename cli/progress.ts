import type { OperationEvent } from '../pitlane/operate/outcome.ts';
import { saysMet } from '../pitlane/rotation/proof.ts';
import { sanitizeAll } from './colour.ts';
import { checkLines, seconds } from './render-change.ts';
import { type Style, section } from './style.ts';

/** Lines for what happens while a change is under way, as it happens; a thing is said once. */
export type Narrator = (event: OperationEvent, elapsedMs: number) => readonly string[];

/** `shown`: the fingerprint of a plan that the person has seen already. */
export function narrator(style: Style, shown?: string): Narrator {
  const said = new Map<string, string>();
  let fingerprint = shown;

  const linesOf = (event: OperationEvent): readonly string[] => {
    switch (event.kind) {
      case 'planned': {
        if (event.plan.fingerprint === fingerprint || event.plan.steps.length === 0) return [];
        fingerprint = event.plan.fingerprint;
        const findings = event.plan.checks.filter(({ level }) => level !== 'ok');
        return [
          ...findings.flatMap((check) => checkLines(check, style)),
          ...section('What else changes', event.plan.effects, style),
        ];
      }
      case 'wrote':
        return [style.paint('bold', `written: ${event.title}`)];
      case 'progress': {
        const lines = event.proof.flatMap((progress) => {
          const { milestone, isMet, isLost, seen } = progress;
          const line = isMet
            ? style.paint('green', saysMet(progress))
            : isLost
              ? style.paint('red', `lost: ${seen}`)
              : `waiting: ${seen}`;
          const key = JSON.stringify(milestone.condition);
          const isNews = said.get(key) !== line;
          said.set(key, line);
          return isNews ? [line] : [];
        });
        return [...new Set(lines)];
      }
      case 'evidence':
        // Whoever has written it down has said where.
        return [];
      case 'retrying':
        return [style.paint('yellow', event.why)];
    }
  };

  return (event, elapsedMs) => {
    const lines = linesOf(sanitizeAll(event));
    if (event.kind === 'planned') return lines;
    return lines.map((line) => stamped(line, elapsedMs, style));
  };
}

/** A line with the time since the change began. */
export function stamped(line: string, elapsedMs: number, { paint }: Style): string {
  return `${paint('dim', `[${seconds(elapsedMs).padStart(7)}]`)} ${line}`;
}
