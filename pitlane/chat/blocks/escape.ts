/**
 * Text from outside (a user, a label, a log line) for a place that Slack reads as mrkdwn. Slack's three control
 * characters become entities, so that `<!channel>` pings nobody and `<http://x|rng>` is no link. Three or more
 * backticks, which would begin or end a code block, are kept apart by zero-width spaces.
 */
export function escapeText(text: string): string {
  return text
    .replace(TURNS, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/`{3,}/g, (run) => [...run].join('\u200b'));
}

/** Controls that turn the direction of all text after them (Unicode, annex 9): a reason must not turn a command around. */
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;

/** Escaped, in one line, and without the characters that switch to bold, italics, strike-through or code. */
export function escapeInline(text: string): string {
  return escapeText(text.replace(/\s+/g, ' ').trim()).replace(/[*_~`]/g, (mark) => `\u200b${mark}\u200b`);
}

/** As inline code: nothing inside is formatted. A backtick would end it early and becomes an apostrophe. */
export function code(text: string): string {
  return `\`${escapeText(text.replace(/\s+/g, ' ').trim().replaceAll('`', "'"))}\``;
}

/** As a code block. */
export function codeBlock(text: string): string {
  return `\`\`\`\n${escapeText(text)}\n\`\`\``;
}

/**
 * Escaped, with the Slack user whom one of pitlane's own sentences names (`by U0123456789`, or in front) as a mention.
 * Only the first: a reason comes after it, and may name anybody.
 */
export function peopleIn(sentence: string): string {
  return escapeInline(sentence).replace(/(^|\bby )([UW](?=[A-Z]*\d)[A-Z0-9]{6,})\b/, '$1<@$2>');
}

/** Escaped, with every user and user group that it names: for sentences of pitlane's alone, such as who has a role. */
export function everybodyIn(sentence: string): string {
  return escapeInline(sentence)
    .replace(/\b[UW](?=[A-Z]*\d)[A-Z0-9]{6,}\b/g, '<@$&>')
    .replace(/\bS(?=[A-Z]*\d)[A-Z0-9]{6,}\b/g, '<!subteam^$&>');
}

/** A Slack user id (`U…`, `W…`) becomes a mention; a runbook's claim or a local user name stays text. */
export function person(by: string): string {
  return /^[UW][A-Z0-9]{6,}$/.test(by) ? `<@${by}>` : escapeInline(by);
}

/** A channel's id becomes a link to it; what is none stays text. */
export function channel(id: string): string {
  return /^[CGD][A-Z0-9]{6,}$/.test(id) ? `<#${id}>` : escapeInline(id);
}
