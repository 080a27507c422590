import { FACT_KINDS, type Fact, type FactKind, isTrue } from './judge/fact.ts';

/** Counts the facts of all cases, by kind. */
export class Report {
  readonly #counts = new Map<FactKind, { right: number; all: number }>();
  readonly #codes = new Map<string, number>();
  #cases = 0;
  #failed = 0;

  /** Codes: what pitlane found in the case, to see which rules were tried at all. */
  add(facts: readonly Fact[], codes: readonly string[], hasFailed = facts.some((each) => !isTrue(each))): void {
    this.#cases += 1;
    if (hasFailed) this.#failed += 1;
    for (const code of codes) this.#codes.set(code, (this.#codes.get(code) ?? 0) + 1);
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

  /** A line for each kind of fact and one for all together. */
  lines(seed: number): string[] {
    const kinds = FACT_KINDS.filter((kind) => this.#counts.has(kind));
    const of = (kind: FactKind) => this.#counts.get(kind) ?? { right: 0, all: 0 };
    const sum = (part: 'right' | 'all') => kinds.reduce((total, kind) => total + of(kind)[part], 0);
    return [
      ...kinds.map((kind) => `foresight: ${kind}: ${number(of(kind).right)} of ${number(of(kind).all)}`),
      `foresight: ${number(sum('right'))} of ${number(sum('all'))} foretold facts in ${number(this.#cases)} cases came true (seed ${seed})`,
    ];
  }

  /** How often each finding came up. */
  codes(): string {
    return [...this.#codes]
      .sort(([, a], [, b]) => b - a)
      .map(([code, count]) => `${code} ${count}`)
      .join(', ');
  }
}

function number(count: number): string {
  return count.toLocaleString('en-US');
}
