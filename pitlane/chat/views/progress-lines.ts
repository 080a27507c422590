import type { Progress } from '../../rotation/plan.ts';
import { saysMet } from '../../rotation/proof.ts';
import { escapeText } from '../blocks/escape.ts';
import { seconds } from '../blocks/time.ts';

/** Up to so many pods, each milestone has a line; with more, each pod has one. */
const MOST_IN_FULL = 3;
/** How many lines of a list a report shows. */
const MOST_LINES = 12;

/** `✓ rng-b85tm is out of the endpoints (0.2 s)`; for many pods `✓ rng-b85tm`, `… rng-x2k9d: still listed` */
export function progressLines(
  proof: readonly Progress[],
  tookMs: (progress: Progress, index: number) => number | undefined,
): readonly string[] {
  const pods = new Map(proof.flatMap(({ milestone: { condition } }) => podOf(condition)).map((pod) => [pod.uid, pod]));
  if (pods.size <= MOST_IN_FULL) return proof.map((progress, index) => progressLine(progress, tookMs(progress, index)));
  const ofPods = [...pods.values()].map(({ uid, name }) => {
    const its = proof.filter(({ milestone: { condition } }) => podOf(condition).some((pod) => pod.uid === uid));
    const open = its.find(({ isMet }) => !isMet);
    return { isMet: open === undefined, line: open === undefined ? `✓ ${escapeText(name)}` : openLine(open) };
  });
  const others = proof.filter(({ milestone: { condition } }) => podOf(condition).length === 0);
  const met = ofPods.filter(({ isMet }) => isMet).length;
  return [
    `${met} of ${ofPods.length} pods:`,
    ...bounded([...ofPods].sort((a, b) => Number(a.isMet) - Number(b.isMet)).map(({ line }) => line)),
    ...others.map((progress) => progressLine(progress, undefined)),
  ];
}

/** The first lines, and the number of the others. */
export function bounded(lines: readonly string[], most = MOST_LINES): readonly string[] {
  return lines.length <= most ? lines : [...lines.slice(0, most - 1), `… and ${lines.length - most + 1} more`];
}

function podOf(condition: Progress['milestone']['condition']) {
  return 'pod' in condition ? [condition.pod] : [];
}

function progressLine(progress: Progress, took: number | undefined): string {
  if (!progress.isMet) return openLine(progress);
  return `✓ ${escapeText(saysMet(progress))}${took === undefined ? '' : ` (${seconds(took)})`}`;
}

function openLine({ isLost, seen }: Progress): string {
  return `${isLost ? '✗' : '…'} ${escapeText(seen)}`;
}
