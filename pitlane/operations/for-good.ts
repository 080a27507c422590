/** The code of the check that makes every deletion ask: nothing undoes it. */
export const DELETED_FOR_GOOD = 'DeletedForGood';
