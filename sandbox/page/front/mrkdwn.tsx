import type { ComponentChildren } from 'preact';

export type Names = Readonly<Record<string, string>>;

/** Slack's mrkdwn. What is typed as HTML stays text. */
export function Mrkdwn({ text, names }: { readonly text: string; readonly names: Names }) {
  return (
    <>
      {text.split('```').map((part, index) =>
        index % 2 === 1 ? (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard scrolls it
          <pre key={index} tabIndex={0}>
            {plain(part.replace(/^\n|\n$/g, ''))}
          </pre>
        ) : (
          lines(part, names)
        ),
      )}
    </>
  );
}

/** Lines that begin with > are quotes. */
function lines(text: string, names: Names): ComponentChildren[] {
  const trimmed = text.replace(/^\n|\n$/g, '');
  if (trimmed === '') return [];
  return trimmed.split('\n').map((line) => {
    const quoted = /^&gt; ?(.*)$/s.exec(line)?.[1];
    return quoted === undefined ? (
      <span class="line">{inline(line, names)}</span>
    ) : (
      <blockquote>{inline(quoted, names)}</blockquote>
    );
  });
}

const TOKEN =
  /`([^`\n]+)`|<([^<>\n]+)>|(?<![\w*\u200b])\*(?! )([^*\n]+)(?<! )\*(?![\w\u200b])|(?<![\w\u200b])_(?! )([^_\n]+)(?<! )_(?![\w\u200b])|(?<![\w\u200b])~(?! )([^~\n]+)(?<! )~(?![\w\u200b])/g;

function inline(text: string, names: Names): ComponentChildren[] {
  const parts: ComponentChildren[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, code, reference, bold, italic, struck] = match;
    if (match.index > end) parts.push(plain(text.slice(end, match.index)));
    end = match.index + whole.length;
    if (code !== undefined) parts.push(<code>{plain(code)}</code>);
    else if (reference !== undefined) parts.push(referenced(reference, names));
    else if (bold !== undefined) parts.push(<strong>{inline(bold, names)}</strong>);
    else if (italic !== undefined) parts.push(<em>{inline(italic, names)}</em>);
    else if (struck !== undefined) parts.push(<s>{inline(struck, names)}</s>);
  }
  if (end < text.length) parts.push(plain(text.slice(end)));
  return parts;
}

/** `@U…`, `#C…`, `!date^…`, or a link. */
function referenced(reference: string, names: Names): ComponentChildren {
  const [target = '', label] = reference.split('|');
  const id = target.replace(/^(@|#|!subteam\^)/, '');
  if (/^(@|!subteam\^)/.test(target)) return <span class="mention">@{names[id] ?? id}</span>;
  if (target.startsWith('#')) return <span class="mention">#{names[id] ?? id}</span>;
  const [, seconds, format = ''] = /^!date\^(\d+)\^([^^]*)/.exec(target) ?? [];
  if (seconds !== undefined) return date(Number(seconds), format);
  if (target.startsWith('!')) return <span class="mention">@{target.slice(1)}</span>;
  if (!/^https?:/.test(target)) return plain(label ?? target);
  return (
    <a href={target} target="_blank" rel="noreferrer noopener">
      {plain(label ?? target)}
    </a>
  );
}

/** In the reader's time zone, as Slack shows it. */
function date(seconds: number, format: string): ComponentChildren {
  const at = new Date(seconds * 1000);
  const time = at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  const text = format
    .replace('{time_secs}', at.toLocaleTimeString())
    .replace('{time}', time)
    .replace('{date_short_pretty}', shortDate(at));
  return <time dateTime={at.toISOString()}>{text}</time>;
}

function shortDate(at: Date): string {
  const days = Math.round((startOfDay(at) - startOfDay(new Date())) / 86_400_000);
  const near = { '-1': 'yesterday', '0': 'today', '1': 'tomorrow' }[String(days)];
  return near ?? at.toLocaleDateString([], { month: 'short', day: 'numeric', year: 'numeric' });
}

function startOfDay(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}

function plain(text: string): string {
  return text.replaceAll('\u200b', '').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
