/** One thing that was foretold, and what then was so. */
export interface Fact {
  readonly kind: FactKind;
  readonly foretold: string;
  readonly happened: string;
}

/** In the order of the report. */
export const FACT_KINDS = [
  'traffic',
  'rotation',
  'release',
  'replacement',
  'room',
  'budgets',
  'effects',
  'deaths',
  'survival',
  'labels',
  'refusals',
  'outcome',
] as const;

export type FactKind = (typeof FACT_KINDS)[number];

export function fact(kind: FactKind, foretold: string, happened: string): Fact {
  return { kind, foretold, happened };
}

export function isTrue({ foretold, happened }: Fact): boolean {
  return foretold === happened;
}
