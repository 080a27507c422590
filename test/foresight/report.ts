import { FACT_KINDS, type FactKind, isTrue } from './judge/fact.ts';
import type { Tried } from './try-case.ts';

/** Counts the facts of all cases, by kind. */
export class Report {
  readonly #counts = new Map<FactKind, { right: number; all: number }>();
  readonly #findings = new Map<string, number>();
  #cases = 0;
  #failed = 0;

  add({ facts, findings, miss }: Tried): void {
    this.#cases += 1;
    if (miss !== undefined) this.#failed += 1;
    for (const finding of findings) this.#findings.set(finding, (this.#findings.get(finding) ?? 0) + 1);
    for (const each of facts) {
      const count = this.#counts.get(each.kind) ?? { right: 0, all: 0 };
      this.#counts.set(each.kind, { right: count.right + Number(isTrue(each)), all: count.all + 1 });
    }
  }

  get cases(): number {
    return this.#cases;
  }

  get failed(): number {
    return this.#failed;
  }

  /** The number of each finding, a line for each kind of fact, and the total. */
  lines(seed: number): readonly string[] {
    const kinds = FACT_KINDS.filter((kind) => this.#counts.has(kind));
    const of = (kind: FactKind) => this.#counts.get(kind) ?? { right: 0, all: 0 };
    const sum = (part: 'right' | 'all') => kinds.reduce((total, kind) => total + of(kind)[part], 0);
    const findings = [...this.#findings].sort(([, a], [, b]) => b - a).map(([finding, count]) => `${finding} ${count}`);
    return [
      `foresight: findings: ${findings.join(', ')}`,
      ...kinds.map((kind) => `foresight: ${kind}: ${grouped(of(kind).right)} of ${grouped(of(kind).all)} are right`),
      `foresight: ${grouped(sum('right'))} of ${grouped(sum('all'))} predictions in ${grouped(this.#cases)} cases are right (seed ${seed})`,
    ];
  }
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
