import type { ChangeRequest } from '../../pitlane/command/request.ts';
import type { Asker, Decision, Door } from '../../pitlane/operate/asker.ts';
import type { ChangeOutcome, OperationEvent, Outcome } from '../../pitlane/operate/outcome.ts';
import type { Pitlane } from '../../pitlane/operate/use-case.ts';
import type { Report } from '../../pitlane/rotation/plan.ts';

/** The use case with these calls; any other call fails the test. */
export function fakePitlane(calls: Partial<Pitlane>): Pitlane {
  const unexpected = (call: keyof Pitlane) => () => {
    throw new Error(`unexpected call of Pitlane: ${call}`);
  };
  return {
    propose: unexpected('propose'),
    overview: unexpected('overview'),
    carryOut: unexpected('carryOut'),
    resume: unexpected('resume'),
    tick: unexpected('tick'),
    watch: unexpected('watch'),
    followLogs: unexpected('followLogs'),
    ...calls,
  };
}

/** A use case that proposes this, and has these events and this outcome once the door decides to carry it out. */
export class ScriptedPitlane {
  proposed: Outcome | Error;
  events: readonly OperationEvent[];
  outcome: ChangeOutcome | Error;
  readonly proposals: { request: unknown; asker: Asker }[] = [];
  readonly carriedOut: { request: ChangeRequest; asker: Asker; door: Door; confirmed: Confirmed }[] = [];
  /** Where the reporter says that the report is. */
  reported: Report | undefined;

  constructor(proposed: Outcome, events: readonly OperationEvent[], outcome: ChangeOutcome) {
    this.proposed = proposed;
    this.events = events;
    this.outcome = outcome;
  }

  readonly pitlane: Pitlane = fakePitlane({
    propose: async (request, asker) => {
      this.proposals.push({ request, asker });
      if (this.proposed instanceof Error) throw this.proposed;
      return this.proposed;
    },
    carryOut: async (request, asker, door) => {
      const ended = async (outcome: ChangeOutcome) => {
        await door.reporter?.ended?.(outcome, []);
        return outcome;
      };
      const proposed = (await this.pitlane.propose(request, asker)) as ChangeOutcome;
      if (proposed.kind !== 'proposal' || proposed.why === 'dryRun') return ended(proposed);
      const decision = await door.decide?.(proposed);
      if (decision?.kind === 'refuse') return ended(decision.outcome);
      if (decision?.kind !== 'carryOut') return ended({ ...proposed, why: decision?.why ?? proposed.why });
      this.carriedOut.push({ request, asker, door, confirmed: decision.confirmed });
      const { outcome } = this;
      const isBegun = outcome instanceof Error || !['running', 'repeated'].includes(outcome.kind);
      if (isBegun) this.reported = await door.reporter?.begun?.(proposed.plan, undefined);
      for (const event of this.events) door.reporter?.event?.(event);
      if (outcome instanceof Error) throw outcome;
      return ended(outcome);
    },
  });
}

type Confirmed = Extract<Decision, { kind: 'carryOut' }>['confirmed'];
