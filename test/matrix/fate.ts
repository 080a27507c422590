/** What befalls an invocation at one of its requests. */
export interface Fate {
  /** The request's name in the recording of an undisturbed run. */
  readonly at: string;
  readonly system: 'Kubernetes' | 'Slack';
  readonly verdict: 'killedBefore' | 'killedAfter' | 'drop' | 'lose-answer' | Refused;
  /** The same for each later request to the same system. */
  readonly isForGood?: boolean;
}

/** Answered so, and not carried out. */
interface Refused {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** The process ends there. */
export const DEATHS = [
  ['killed before', 'killedBefore'],
  ['killed after', 'killedAfter'],
] as const;
