import type { OperationEvent } from '../pitlane/operate/outcome.ts';
import { type Plan, type Progress, podsIn, writesOf } from '../pitlane/rotation/plan.ts';
import { saysMet } from '../pitlane/rotation/proof.ts';
import { count, list } from '../pitlane/text/words.ts';
import { sanitizeAll } from './colour.ts';
import { podOf, podRows, turnsOf } from './pod-rows.ts';
import { findingLines, shortened } from './render-change.ts';
import { bounded, seconds } from './render-pods.ts';
import { type Style, section } from './style.ts';

/** Lines for what happens while a change is in progress; each thing is said once. */
export type Narrator = (event: OperationEvent, elapsedMs: number) => readonly string[];

/** True where the line differs from the last one about the same thing. */
type IsNews = (about: string, line: string) => boolean;

/** `shown`: the fingerprint of a plan that the person has seen already. */
export function narrator(style: Style, shown?: string): Narrator {
  /** What was said last, by what it is about. */
  const said = new Map<string, string>();
  let plan: Plan | undefined;
  let fingerprint = shown;

  const isNews: IsNews = (about, line) => {
    const isNew = said.get(about) !== line;
    said.set(about, line);
    return isNew;
  };

  const linesOf = (event: OperationEvent): readonly string[] => {
    switch (event.kind) {
      case 'planned': {
        plan = event.plan;
        if (plan.fingerprint === fingerprint || writesOf(plan).length === 0) return [];
        fingerprint = plan.fingerprint;
        return [
          ...findingLines(
            plan.checks.filter(({ level }) => level !== 'ok'),
            podsIn(plan.operation.subject).length,
            style,
          ),
          ...section('What else changes', bounded(plan.effects, style), style),
        ];
      }
      case 'wrote': {
        const turn = plan && turnLine(plan, event.title);
        return [
          ...(turn !== undefined && isNews('turn', turn) ? [turn] : []),
          style.paint('bold', `written: ${event.title}`),
        ];
      }
      case 'progress': {
        const isAboutSeveral = plan !== undefined && podsIn(plan.operation.subject).length > 1;
        if (plan !== undefined && isAboutSeveral) return linesOfSeveral(plan, event.proof, isNews, style);
        return newLines(event.proof, (progress) => progressLine(progress, style), isNews);
      }
      case 'evidence':
        // The line that says where it is kept comes from the door.
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

function progressLine(progress: Progress, style: Style): string {
  const { isMet, isLost, seen } = progress;
  if (isMet) return style.paint('green', saysMet(progress));
  return isLost ? style.paint('red', `lost: ${seen}`) : `waiting: ${seen}`;
}

/** Pods that are done, pods that are gone, and the milestones that several pods share. */
function linesOfSeveral(plan: Plan, proof: readonly Progress[], isNews: IsNews, style: Style): readonly string[] {
  const rows = podRows(plan, { proof }).filter(({ state }) => state !== 'leftOut');
  const done = rows.filter(({ state }) => state === 'done');
  const news = done.filter(({ uid }) => isNews(uid, 'done')).map(({ name }) => name);
  const lost = proof.filter((progress) => progress.isLost && podOf(progress) !== undefined);
  const together = proof.filter((progress) => podOf(progress) === undefined);
  return [
    ...newLines(lost, (progress) => progressLine(progress, style), isNews),
    ...(news.length === 0
      ? []
      : [style.paint('green', `done: ${list(news)} (${done.length} of ${count(rows.length, 'pod')})`)]),
    ...newLines(
      together,
      (progress) =>
        progress.isMet ? style.paint('green', progress.milestone.title) : shortened(progressLine(progress, style)),
      isNews,
    ),
  ];
}

function newLines(
  proof: readonly Progress[],
  lineOf: (progress: Progress) => string,
  isNews: IsNews,
): readonly string[] {
  const lines = proof.map((progress) => [progress.milestone.key, lineOf(progress)] as const);
  return [...new Set(lines.flatMap(([about, line]) => (isNews(about, line) ? [line] : [])))];
}

/** `turn 2 of 5`; undefined: there is only one. */
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
