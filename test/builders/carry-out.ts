import type { ChangeRequest } from '../../pitlane/command/request.ts';
import type { Asker, Decision, Door } from '../../pitlane/operate/asker.ts';
import type { ChangeOutcome, Confirmation, OperationEvent, Proposal } from '../../pitlane/operate/outcome.ts';
import type { Pitlane } from '../../pitlane/operate/use-case.ts';

export interface CarryOutOptions extends Omit<Partial<Door>, 'decide'> {
  /** Default: `any`. `not yet`: plans without warnings are carried out, others stay proposals. */
  readonly confirmed?: Confirmation | 'any' | 'not yet';
  readonly onEvent?: (event: OperationEvent) => void;
}

/** Carries a change out as a door does that has its answer in advance. */
export async function carryOut(
  pitlane: Pitlane,
  request: ChangeRequest,
  asker: Asker,
  { confirmed = 'any', onEvent, deadline = Date.now() + 60_000, reporter, ...door }: CarryOutOptions = {},
): Promise<{ outcome: ChangeOutcome; events: OperationEvent[] }> {
  const events: OperationEvent[] = [];
  const decide = async ({ why }: Proposal): Promise<Decision> =>
    why === 'changed' || confirmed === 'not yet' ? { kind: 'leave' } : { kind: 'carryOut', confirmed };
  const outcome = await pitlane.carryOut(request, asker, {
    ...door,
    deadline,
    ...(confirmed !== 'not yet' && { decide }),
    reporter: {
      ...reporter,
      event(event) {
        events.push(event);
        reporter?.event?.(event);
        onEvent?.(event);
      },
    },
  });
  return { outcome, events };
}
