/** How often a tick looks at more than what is due. */
const THOROUGH_EVERY_MINUTES = 10;

export function isThorough(now: number): boolean {
  return isMinuteOf(THOROUGH_EVERY_MINUTES, now);
}

/** True once in so many minutes, for a tick that runs each minute. */
export function isMinuteOf(minutes: number, now: number): boolean {
  return new Date(now).getUTCMinutes() % minutes === 0;
}
