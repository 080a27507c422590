/** A prediction of the plan, and what happened. */
export interface Fact {
  readonly kind: FactKind;
  readonly predicted: string;
  readonly actual: string;
}

/** In the order of the report. */
export const FACT_KINDS = [
  'traffic',
  'rotation',
  'release',
  'revision',
  'replacement',
  'room',
  'budgets',
  'effects',
  'sentences',
  'report',
  'deaths',
  'survival',
  'labels',
  'refusals',
  'outcome',
] as const;

export type FactKind = (typeof FACT_KINDS)[number];

export function fact(kind: FactKind, predicted: string, actual: string): Fact {
  return { kind, predicted, actual };
}

export function isTrue({ predicted, actual }: Fact): boolean {
  return predicted === actual;
}
