import type { Check, Plan, Refusal } from '../../pitlane/rotation/plan.ts';

/** Every finding but the good news, as `level Code`. */
export function findings({ checks }: Plan | Refusal): readonly string[] {
  return checks.filter(({ level }) => level !== 'ok').map(({ level, code }) => `${level} ${code}`);
}

export function finding({ checks }: Plan | Refusal, code: string): Check | undefined {
  return checks.find((check) => check.code === code);
}

/** The plan; a refusal fails the test with its codes. */
export function planned(result: Plan | Refusal): Plan {
  if (result.kind !== 'plan') throw new Error(`refused: ${findings(result).join(', ')}`);
  return result;
}

/** The ends of the names of the pods that each phase writes to. */
export function writtenIn(plan: Plan): readonly (readonly string[])[] {
  return plan.phases.map(({ writes }) => writes.map(({ target }) => target.name.slice(-5)));
}
