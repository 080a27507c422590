/** The code of the check that makes every deletion ask: nothing undoes it. */
export const DELETED_FOR_GOOD = 'DeletedForGood';

/** The code of the warning that a pod comes back as it was when it was drained for a reason. */
export const NOT_RESTARTED = 'NotRestarted';

/** Warnings about what was agreed at the drain: when the time is up, the end does not ask again. */
export const AGREED: readonly string[] = [DELETED_FOR_GOOD, NOT_RESTARTED];
