import { isUnprintable, oneLine, printableText } from '../../text/printable.ts';

/**
 * Text from outside (a user, a label, a log line) for mrkdwn. Slack's three control characters become entities, so that
 * `<!channel>` mentions no one and `<http://x|rng>` is not a link. Zero-width spaces separate three or more backticks,
 * which would begin or end a code block.
 */
export function escapeText(text: string): string {
  // Most text has none of these: names, numbers and sentences.
  if (!SPECIAL.test(text) && !isUnprintable(text)) return text;
  return printableText(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/`{3,}/g, (run) => [...run].join('\u200b'));
}

const SPECIAL = /[&<>]|`{3}/;

/** Escaped, on one line, and without bold, italics, strike-through or code. */
export function escapeInline(text: string): string {
  return escapeText(oneLine(text)).replace(/[*_~`]/g, (mark) => `\u200b${mark}\u200b`);
}

/** As inline code. A backtick would end it early, so it becomes an apostrophe. */
export function code(text: string): string {
  return `\`${escapeText(oneLine(text).replaceAll('`', "'"))}\``;
}

/** As a code block. */
export function codeBlock(text: string): string {
  return `\`\`\`\n${escapeText(text)}\n\`\`\``;
}

/**
 * Escaped, and mentions the Slack user whom one of Pitlane's own sentences names first (`by U0123456789`, or at the
 * start), without the name behind. Not the others: they may come from a reason, which anyone may write.
 */
export function mentionFirst(sentence: string): string {
  return escapeInline(sentence).replace(/(^|\bby )([UW](?=[A-Z]*\d)[A-Z0-9]{6,})\b(?: \([^()]{1,200}\))?/, '$1<@$2>');
}

/** Escaped, and mentions all users and user groups. Only for sentences without foreign text, such as who has a role. */
export function mentionAll(sentence: string): string {
  return escapeInline(sentence)
    .replace(/\b[UW](?=[A-Z]*\d)[A-Z0-9]{6,}\b/g, '<@$&>')
    .replace(/\bS(?=[A-Z]*\d)[A-Z0-9]{6,}\b/g, '<!subteam^$&>');
}

/** Mentions a Slack user. A runbook's or local user's name stays text. */
export function person(by: string): string {
  return isSlackUser(by) ? `<@${by}>` : escapeInline(by);
}

/** With a space in front. Absent: empty. */
export function becauseText(because: string | undefined): string {
  return because === undefined ? '' : ` because ${escapeInline(because)}`;
}

/** A Slack user id: `U…` or `W…`. */
export function isSlackUser(by: string): boolean {
  return /^[UW][A-Z0-9]{6,}$/.test(by);
}

/** Links a channel's id. Other text stays text. */
export function channel(id: string): string {
  return /^[CGD][A-Z0-9]{6,}$/.test(id) ? `<#${id}>` : escapeInline(id);
}

/** `40 ms`, `0.2 s`, `14 s` */
export function seconds(ms: number): string {
  if (ms < 100) return `${Math.round(ms)} ms`;
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

/** A time of day, which Slack shows in the time zone of the reader ("Formatting text", date formatting). */
export function clock(at: number): string {
  if (!isTime(at)) return UNREADABLE;
  return `<!date^${Math.floor(at / 1000)}^{time_secs}|${new Date(at).toISOString().slice(11, 19)} UTC>`;
}

/** The same with the date. */
export function moment(at: number): string {
  if (!isTime(at)) return UNREADABLE;
  return `<!date^${Math.floor(at / 1000)}^{date_short_pretty} {time}|${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC>`;
}

/** Times come from annotations, which people may edit. */
const UNREADABLE = 'at an invalid time';

/** Within the range of a Date (ECMAScript, "Time Values and Time Range"). */
function isTime(at: number): boolean {
  return Math.abs(at) <= 8.64e15;
}
