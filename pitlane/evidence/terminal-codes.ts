const ESC = '(?:\\u001b|\\\\{1,4}(?:u001[bB]|x1[bB]|033|e(?=\\[)))';

/**
 * Codes that colour, move or name things in a terminal, raw or as JSON and shells write them (`\u001b[31m`). Titles and
 * links end with BEL or ST; an unfinished one loses its introducer only.
 */
const TERMINAL_CODES = new RegExp(
  [
    `(?:${ESC}|(?<=\\u001b)\\u001b)[\\]PX^_][^\\u0007\\u001b\\u009c\\n\\\\]{0,4096}(?:\\u0007|\\u009c|${ESC}\\\\{1,4}|\\\\{1,4}(?:u0007|x07|a))`,
    '\\u009d[^\\u0007\\u001b\\u009c\\n]{0,4096}(?:\\u0007|\\u009c)',
    `(?:${ESC}\\[|\\u009b)[0-?]{0,64}[ -/]{0,8}[@-~]`,
    '\\u001b[ -/]{0,8}[0-~]',
    // As `cat -v` shows them.
    '\\^\\[\\[[0-9;]{0,20}[mK]',
  ].join('|'),
  'g',
);

/** Other control characters, except the tabulator and line breaks. */
const CONTROLS = /(?:(?![\t\n\r])\p{Cc})+/gu;
/** Characters without a width can split a token; beside other characters they may be part of an emoji or a script. */
const INVISIBLE = /(?<=[!-~])[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+(?=[!-~])/g;

/** The text without terminal codes and control characters, which could split a secret. NUL separates words. */
export function stripTerminalCodes(text: string): string {
  return text.replace(TERMINAL_CODES, '').replaceAll('\0', ' ').replace(CONTROLS, '').replace(INVISIBLE, '');
}
