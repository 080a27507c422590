import { another } from '../../command/arguments.ts';
import { MisreadError } from '../../command/misread.ts';
import { isWord } from '../../command/reason.ts';
import type { Field, Form } from '../../command/syntax.ts';
import { SCHEDULE_ID } from '../../rotation/schedule.ts';
import { quote } from '../../text/words.ts';

const CRON: Form = { type: 'text', most: 100, expected: 'a cron expression' };
const TOGGLE = /^(enable|disable)$/;

/** `"0 9 * * 1-5" enable`, with or without the quotes. The plan checks the expression. */
export const whenField: Field = {
  flags: [],
  usage: '"cron" enable|disable',
  isPositional: true,
  values: [
    {
      key: 'cron',
      name: 'cron',
      form: CRON,
      about:
        'When: minute, hour, day of month, month and day of week, such as 0 9 * * 1-5, or a nickname such as @daily.',
      isRequired: true,
    },
    {
      key: 'does',
      name: 'does',
      form: { type: 'name', pattern: TOGGLE, expected: 'enable or disable' },
      about: 'What it does then: enable or disable.',
      isRequired: true,
    },
  ],
  read(given, { name }) {
    const { words } = given;
    const at = words.findIndex((word) => TOGGLE.test(word.text.toLowerCase()));
    const cron = words
      .slice(0, at < 0 ? words.length : at)
      .map(({ text }) => text.trim())
      .join(' ')
      .replaceAll(/\s+/g, ' ');
    const help = another(`help ${name}`, given);
    if (cron === '') throw new MisreadError(`${name} needs a cron expression, such as "0 9 * * 1-5".`, help);
    if (cron.length > 100) throw new MisreadError('The cron expression is too long: at most 100 characters.', help);
    if (at < 0)
      throw new MisreadError(`${name} needs enable or disable after the cron expression ${quote(cron)}.`, help);
    return { values: { cron, does: words[at]?.text.toLowerCase() }, words: words.slice(at + 1) };
  },
  format: ({ cron, does }) => (typeof cron === 'string' && typeof does === 'string' ? `"${cron}" ${does}` : undefined),
};

const ZONE = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/;

/** `tz Europe/Zurich`, `--tz Europe/Zurich`. The plan checks the name. */
export const timeZoneField: Field = {
  flags: [{ name: 'tz', value: 'Europe/Zurich' }],
  usage: '[tz Area/City]',
  values: [
    {
      key: 'tz',
      name: 'tz',
      form: { type: 'name', pattern: ZONE, expected: 'the name of a time zone, such as Europe/Zurich' },
      about: 'The time zone of the cron expression, such as Europe/Zurich. Absent: UTC.',
    },
  ],
  read({ words, flags }) {
    const at = words.findIndex((word) => isWord(word, 'tz'));
    const tz = at < 0 ? flags.get('tz') : words[at + 1]?.text;
    if (at >= 0 && tz === undefined) throw new MisreadError('tz needs a time zone, such as tz Europe/Zurich.');
    if (at >= 0 && flags.has('tz')) throw new MisreadError('The time zone is given twice.');
    if (tz !== undefined && !ZONE.test(tz))
      throw new MisreadError(`${quote(tz)} is not the name of a time zone, such as Europe/Zurich.`);
    const others = at < 0 ? words : words.filter((_, index) => index !== at && index !== at + 1);
    return { values: { tz }, words: others };
  },
  format: ({ tz }) => (typeof tz === 'string' ? `tz ${tz}` : undefined),
};

/** The id of a schedule. */
export const scheduleWord: Field = {
  flags: [],
  usage: 'id',
  isPositional: true,
  values: [
    {
      key: 'schedule',
      name: 'schedule',
      form: { type: 'name', pattern: SCHEDULE_ID, expected: 'the id of a schedule' },
      about: 'The id of the schedule, as schedule list shows it.',
      isRequired: true,
    },
  ],
  read(given, { name }) {
    const [word, ...others] = given.words;
    const shown = another('schedule list', given);
    if (word === undefined) throw new MisreadError(`${name} needs the id of a schedule.`, shown);
    const id = word.text.toLowerCase().replace(/^`(.*)`$/, '$1');
    if (others.length > 0) throw new MisreadError(`${name} takes one schedule, not ${others.length + 1}.`, shown);
    if (!SCHEDULE_ID.test(id))
      throw new MisreadError(`${quote(word.text)} is not the id of a schedule, such as 3f2a9c.`, shown);
    return { values: { schedule: id }, words: [] };
  },
  format: ({ schedule }) => (typeof schedule === 'string' ? schedule : undefined),
};
