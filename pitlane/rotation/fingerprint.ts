import type { Check, Step } from './plan.ts';

/**
 * What a confirmation confirms: check codes and levels, effects, and what the steps touch, without values that carry
 * times. 64-bit FNV-1a in hexadecimal; it guards against change, not against forgery.
 */
export function fingerprintOf(checks: readonly Check[], effects: readonly string[], steps: readonly Step[]): string {
  const text = JSON.stringify([checks.map(({ code, level }) => [code, level]), effects, steps.map(touched)]);
  let hash = 0xcbf29ce484222325n;
  for (let index = 0; index < text.length; index += 1) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(index))) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, '0');
}

function touched(step: Step): unknown {
  switch (step.kind) {
    case 'patch':
      return [step.title, step.target.uid, step.patch.map(({ op, path }) => [op, path])];
    case 'delete':
      return [step.title, step.target.uid];
    case 'await':
      return step.milestones.map(({ title }) => title);
  }
}
