import { readSeconds, spelledDuration } from '../text/duration.ts';
import { durationIn, type FoundDuration, type Given } from './arguments.ts';
import { isWord } from './reason.ts';
import type { Token } from './tokens.ts';

const LEADS = ['for', 'by'];

/** What `extend` is given: `for 1h`, `by 1h` or `--for 1h`, or the duration alone, before or after the pod: `1h`, `+1h`. */
export function moreTimeIn(command: string, given: Given): FoundDuration {
  const isLed = given.flags.has('for') || given.words.some((word) => LEADS.some((lead) => isWord(word, lead)));
  const alone = isLed ? undefined : durationAlone(given.words);
  return durationIn(command, alone === undefined ? given : withFor(given, alone), LEADS);
}

/** The first word that is a duration, or else begins one: `1 hour`, `an hour`, or `30` beside a pod. */
function durationAlone(words: readonly Token[]): Token | undefined {
  return (
    words.find(({ text }) => readSeconds(withoutPlus(text)) !== undefined) ??
    words.find(({ text }, index) => {
      const rest = words.slice(index).map((word) => word.text);
      return spelledDuration(rest) !== undefined || (/^\d{1,6}$/.test(text) && (words.length > 1 || text.length < 3));
    })
  );
}

/** As if the duration had been typed as a flag. */
function withFor(given: Given, duration: Token): Given {
  return {
    ...given,
    words: given.words.filter((word) => word !== duration),
    flags: new Map([...given.flags, ['for', withoutPlus(duration.text)]]),
    givenBy: new Map([...given.givenBy, ['for', [duration]]]),
  };
}

function withoutPlus(text: string): string {
  return text.replace(/^\+/, '');
}
