/**
 * What no code says yet about an operation that ended without being done. Everything else is read from states and from
 * the journal.
 */

/** Of a failed one: the tick tries again. */
export const saysTriedAgain = (text: string): boolean => /tries again within/.test(text);

/** Of a failed one: whether anything is changed is unknown. */
export const saysUnknown = (text: string): boolean => /\b(not known|unknown)\b/.test(text);

/** Of a cancelled or superseded one: nothing is changed. */
export const saysNothingChanged = (text: string): boolean => /nothing was changed/i.test(text);
