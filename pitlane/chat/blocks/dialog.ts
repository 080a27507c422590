import type { types } from '@slack/bolt';

/** Block Kit reference: "Confirmation dialog object". */
const TITLE = 100;
const TEXT = 300;
const ANSWER = 30;

/** Slack asks this before it delivers a press that can do damage. It is plain text, which needs no escaping. */
export function confirmDialog(dialog: {
  readonly title: string;
  readonly text: string;
  readonly confirm: string;
}): types.ConfirmationDialog {
  return {
    title: plainText(dialog.title, TITLE),
    text: plainText(dialog.text, TEXT),
    confirm: plainText(dialog.confirm, ANSWER),
    deny: plainText('Go back', ANSWER),
    style: 'danger',
  };
}

/** Cut to what Slack accepts, and never inside a character. */
export function plainText(text: string, characters: number): types.PlainTextElement {
  const cut = text.length <= characters ? text : `${text.slice(0, characters - 1).replace(/[\ud800-\udbff]$/, '')}…`;
  return { type: 'plain_text', text: cut, emoji: false };
}
