import type { OperationEvent } from '../pitlane/operate/outcome.ts';
import { messagesOf } from '../pitlane/rotation/effect.ts';
import { type Plan, type Progress, podsIn, writesOf } from '../pitlane/rotation/plan.ts';
import { podOf, podRows, turnsOf } from '../pitlane/rotation/pod-rows.ts';
import { count, list } from '../pitlane/text/words.ts';
import { printableLines } from './colour.ts';
import { findingLines } from './render-change.ts';
import { bounded, progressText, seconds } from './render-pods.ts';
import { type Style, section } from './style.ts';

/** Returns the lines that an event adds to the progress. Nothing is said twice in a row. */
export type Narrator = (event: OperationEvent, elapsedMs: number) => readonly string[];

/** `shown`: the fingerprint of a plan that the person has seen already. */
export function narrator(style: Style, shown?: string): Narrator {
  /** The last line about each milestone, pod or turn. */
  const said = new Map<string, string>();
  let plan: Plan | undefined;
  let fingerprint = shown;

  const isNews = (about: string, line: string): boolean => {
    const isNew = said.get(about) !== line;
    said.set(about, line);
    return isNew;
  };
  const newLines = (proof: readonly Progress[]): readonly string[] => {
    const lines = proof.map((progress) => [progress.milestone.key, progressLine(progress, style)] as const);
    return [...new Set(lines.flatMap(([about, line]) => (isNews(about, line) ? [line] : [])))];
  };

  /** Pods that are done, pods that are gone, and the milestones that several pods share. */
  const linesOfSeveral = (plan: Plan, proof: readonly Progress[]): readonly string[] => {
    const rows = podRows(plan, { proof }).filter(({ state }) => state !== 'leftOut');
    const done = rows.filter(({ state }) => state === 'done');
    const news = done.filter(({ uid }) => isNews(uid, 'done')).map(({ name }) => name);
    return [
      ...newLines(proof.filter((progress) => progress.isLost && podOf(progress) !== undefined)),
      ...(news.length === 0
        ? []
        : [style.paint('green', `done: ${list(news)} (${done.length} of ${count(rows.length, 'pod')})`)]),
      ...newLines(proof.filter((progress) => podOf(progress) === undefined)),
    ];
  };

  const linesOf = (event: OperationEvent): readonly string[] => {
    switch (event.kind) {
      case 'planned': {
        plan = event.plan;
        if (plan.fingerprint === fingerprint || writesOf(plan).length === 0) return [];
        fingerprint = plan.fingerprint;
        return [
          ...findingLines(plan, style),
          ...section('What else changes', bounded(messagesOf(plan.effects), style), style),
        ];
      }
      case 'wrote': {
        const turn = plan && turnLine(plan, event.title);
        return [
          ...(turn !== undefined && isNews(turn, turn) ? [turn] : []),
          style.paint('bold', `written: ${event.title}`),
        ];
      }
      case 'progress':
        return plan !== undefined && podsIn(plan.operation.subject).length > 1
          ? linesOfSeveral(plan, event.proof)
          : newLines(event.proof);
      case 'evidence':
        // The door says where the evidence is.
        return [];
      case 'retrying':
        return [style.paint('yellow', event.why)];
    }
  };

  return (event, elapsedMs) => {
    const lines = linesOf(printableLines(event));
    if (event.kind === 'planned') return lines;
    return lines.map((line) => stamped(line, elapsedMs, style));
  };
}

function progressLine(progress: Progress, { paint }: Style): string {
  const { isMet, isLost } = progress;
  const text = progressText(progress);
  if (isMet) return paint('green', text);
  return isLost ? paint('red', `lost: ${text}`) : `waiting: ${text}`;
}

/** `turn 2 of 5`. Undefined: there is only one turn. */
function turnLine(plan: Plan, title: string): string | undefined {
  const turns = turnsOf(plan);
  const last = Math.max(...turns.values());
  const write = writesOf(plan).find((each) => each.title === title);
  const turn = write && turns.get(write.target.uid);
  return turn === undefined || last < 2 ? undefined : `turn ${turn} of ${last}`;
}

/** A line with the time since the change began. */
export function stamped(line: string, elapsedMs: number, { paint }: Style): string {
  return `${paint('dim', `[${seconds(elapsedMs).padStart(7)}]`)} ${line}`;
}
