import { count, duration, list } from '../text/words.ts';
import type { LogSilence } from './outcome.ts';

/** Up to so many pods, each has a line. */
const MOST_LINES = 10;

/** For how long the logs have been silent; for many pods only which are not. */
export function silenceLines(silence: readonly LogSilence[] = []): readonly string[] {
  if (silence.length <= MOST_LINES) return silence.map(lineOf);
  const writing = silence.filter(({ isWriting }) => isWriting);
  if (writing.length > 0) {
    const names = list(writing.map(({ pod }) => pod));
    return [`${writing.length} of ${count(silence.length, 'pod')} still write their logs: ${names}`];
  }
  const newest = silence.reduce((one, other) => (other.silentMs < one.silentMs ? other : one));
  return [`Last log line of ${count(silence.length, 'pod')}: ${ago(newest)} (${newest.pod})`];
}

function lineOf(silence: LogSilence): string {
  const { pod, isWriting } = silence;
  return isWriting
    ? `${pod} still writes its log (last line ${ago(silence)})`
    : `Last log line of ${pod}: ${ago(silence)}`;
}

/** `0.4 s ago`, `42 s ago`, `5 min ago` */
function ago({ silentMs }: LogSilence): string {
  return `${silentMs < 9_950 ? `${(silentMs / 1000).toFixed(1)} s` : duration(silentMs / 1000)} ago`;
}
