/** How often a tick looks at more than what is due. */
const THOROUGH_EVERY_MINUTES = 10;

/** So many places are looked at thoroughly in the same minute. */
const THOROUGH_AT_ONCE = 100;

/** Of many places, each tick looks at some thoroughly. `index`: of the place. */
export function isThorough(now: number, index = 0): boolean {
  return isMinuteOf(THOROUGH_EVERY_MINUTES, now - Math.floor(index / THOROUGH_AT_ONCE) * 60_000);
}

/** True once in so many minutes, for a tick that runs each minute. */
export function isMinuteOf(minutes: number, now: number): boolean {
  return new Date(now).getUTCMinutes() % minutes === 0;
}
