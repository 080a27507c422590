import { memo } from 'preact/compat';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { MessageEntry, Meta, PersonEntry } from '../entries.ts';
import { Blocks } from './block-kit.tsx';
import { Dialog } from './dialog.tsx';
import { Mrkdwn, type Names } from './mrkdwn.tsx';
import { perform, useGroup } from './store.ts';
import { Window } from './window.tsx';

/** A list that is scrolled this near to its end stays there. */
const NEAR_PX = 40;

export interface Draft {
  readonly text: string;
  /** The message that is replied to. */
  readonly thread?: string;
}

interface ConversationProps {
  readonly meta: Meta;
  readonly draft: Draft;
  readonly onDraft: (draft: Draft) => void;
}

/** The channel, as the person sees it who types. */
export function Conversation({ meta, draft, onDraft }: ConversationProps) {
  const [as, setAs] = useState(meta.people[0]?.id ?? '');
  const [isNarrow, setNarrow] = useState(false);
  const all = useGroup('messages');
  const messages = [...all.values()]
    .filter(({ to, channel }) => (to ?? as) === as && (!channel.startsWith('D') || channel.slice(1) === as.slice(1)))
    .sort((a, b) => a.order - b.order);
  const windows = [...useGroup('windows')].filter(([, { user }]) => user === as);
  const list = useRef<HTMLOListElement>(null);
  const isAtEnd = useRef(true);
  const onScroll = () => {
    const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = list.current ?? {};
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_PX;
  };
  // Stays at the end while messages come and grow, unless the reader has scrolled up.
  useLayoutEffect(() => {
    if (isAtEnd.current) list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [all, as]);
  const roots = new Set(messages.filter(({ thread }) => thread === undefined).map(({ ts }) => ts));
  const isRoot = ({ thread }: MessageEntry) => thread === undefined || !roots.has(thread);
  return (
    <section id="conversation" class={isNarrow ? 'narrow' : ''} aria-labelledby="conversation-title">
      <header>
        <h2 id="conversation-title">#ops</h2>
        <button type="button" class="narrower" aria-pressed={isNarrow} onClick={() => setNarrow(!isNarrow)}>
          Phone width
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard scrolls it */}
      <ol class="messages" ref={list} onScroll={onScroll} tabIndex={0} aria-label="Messages" aria-live="polite">
        {messages.filter(isRoot).map((message) => (
          <Message
            key={message.ts}
            message={message}
            replies={messages.filter(({ thread }) => thread === message.ts)}
            meta={meta}
            as={as}
            onReply={(thread) => onDraft({ text: '@pitlane ', thread })}
          />
        ))}
      </ol>
      {messages.length === 0 && <p class="empty">No messages yet. Type /rng list, or click the command of the tour.</p>}
      <Composer people={meta.people} as={as} onAs={setAs} draft={draft} onDraft={onDraft} />
      {windows.slice(-1).map(([id, window]) => (
        <Window key={id} id={id} window={window} names={meta.names} />
      ))}
    </section>
  );
}

interface MessageProps {
  readonly message: MessageEntry;
  readonly replies: readonly MessageEntry[];
  readonly meta: Meta;
  readonly as: string;
  readonly onReply: (thread: string) => void;
}

function Message({ message, replies, meta, as, onReply }: MessageProps) {
  const [isOpen, setOpen] = useState(false);
  const isEphemeral = message.to !== undefined;
  return (
    <li class={isEphemeral ? 'message ephemeral' : 'message'}>
      <Body message={message} names={meta.names} as={as} />
      <div class="after">
        {replies.length > 0 && (
          <button type="button" class="link" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {replies.length === 1 ? '1 reply' : `${replies.length} replies`}
          </button>
        )}
        {!isEphemeral && !message.channel.startsWith('D') && (
          <button
            type="button"
            class="link"
            onClick={() => {
              setOpen(true);
              onReply(message.thread ?? message.ts);
            }}
          >
            Reply in thread
          </button>
        )}
      </div>
      {isOpen && (
        <ol class="thread" aria-label="Thread">
          {replies.map((reply) => (
            <li key={reply.ts} class="message">
              <Body message={reply} names={meta.names} as={as} />
            </li>
          ))}
        </ol>
      )}
    </li>
  );
}

interface BodyProps {
  readonly message: MessageEntry;
  readonly names: Names;
  readonly as: string;
}

const Body = memo(({ message, names, as }: BodyProps) => {
  const { ts, from, to, text, blocks, isEdited, files, channel } = message;
  const [refused, setRefused] = useState<string>();
  const author = from === undefined ? 'Pitlane' : `${names[from] ?? from}`;
  const at = new Date(Number(ts.split('.')[0]) * 1000);
  return (
    <>
      <span class={`avatar of-${author}`} aria-hidden="true">
        {author.slice(0, 1)}
      </span>
      {to !== undefined && <p class="note">Only visible to {names[to] ?? to}</p>}
      {channel.startsWith('D') && <p class="note">Direct message</p>}
      <p class="author">
        <strong>{author}</strong> {from === undefined && <span class="app">APP</span>}{' '}
        <time dateTime={at.toISOString()}>{at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })}</time>
        {isEdited && <span class="note"> (edited)</span>}
      </p>
      {blocks.length === 0 && files.length === 0 && <Mrkdwn text={text} names={names} />}
      <Blocks
        blocks={blocks}
        names={names}
        onPress={async (pressed) => setRefused((await perform({ do: 'press', as, message: ts, pressed })).refused)}
      />
      {files.map(({ name, characters }, index) => (
        <File key={name} ts={ts} index={index} name={name} characters={characters} />
      ))}
      {refused && <p role="alert">{refused}</p>}
    </>
  );
});

interface FileProps {
  readonly ts: string;
  readonly index: number;
  readonly name: string;
  readonly characters: number;
}

function File({ ts, index, name, characters }: FileProps) {
  const [text, setText] = useState<string>();
  const open = async () => setText(await (await fetch(`/file/${ts}/${index}`)).text());
  return (
    <>
      <button type="button" class="file" onClick={open}>
        <span aria-hidden="true">📄</span> {name} <span class="note">{Math.ceil(characters / 1024)} KB</span>
      </button>
      {text !== undefined && (
        <Dialog title={name} class="wide" onClose={() => setText(undefined)}>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard scrolls it */}
          <pre tabIndex={0}>{text}</pre>
          <div class="buttons">
            <button type="button" onClick={() => setText(undefined)}>
              Close
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

interface ComposerProps {
  readonly people: readonly PersonEntry[];
  readonly as: string;
  readonly onAs: (id: string) => void;
  readonly draft: Draft;
  readonly onDraft: (draft: Draft) => void;
}

function Composer({ people, as, onAs, draft, onDraft }: ComposerProps) {
  const [typed, setTyped] = useState<readonly string[]>([]);
  const [back, setBack] = useState(0);
  const [refused, setRefused] = useState<string>();
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (draft.thread !== undefined) input.current?.focus();
  }, [draft.thread]);
  const send = async (event: SubmitEvent) => {
    event.preventDefault();
    const { text, thread } = draft;
    if (text.trim() === '') return;
    setTyped([...typed, text]);
    setBack(0);
    onDraft({ text: '' });
    const inThread = thread === undefined ? {} : { thread };
    setRefused((await perform({ do: 'type', as, text, ...inThread })).refused);
  };
  /** The arrow keys recall earlier lines. */
  const recall = (event: KeyboardEvent) => {
    const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(typed.length, back + step));
    setBack(next);
    onDraft({ ...draft, text: next === 0 ? '' : (typed.at(-next) ?? '') });
  };
  return (
    <form class="composer" onSubmit={send}>
      {refused && <p role="alert">{refused}</p>}
      {draft.thread !== undefined && (
        <p class="note">
          In the thread{' '}
          <button type="button" class="link" onClick={() => onDraft({ text: draft.text })}>
            Write to #ops instead
          </button>
        </p>
      )}
      <div class="box">
        <input
          ref={input}
          id="command"
          aria-label="Message to #ops"
          autoComplete="off"
          spellcheck={false}
          placeholder="/rng list"
          value={draft.text}
          onInput={({ currentTarget }) => onDraft({ ...draft, text: currentTarget.value })}
          onKeyDown={recall}
        />
        <div class="bar">
          <label class="as">
            Type as{' '}
            <select value={as} onChange={({ currentTarget }) => onAs(currentTarget.value)}>
              {people.map(({ id, name, role }) => (
                <option key={id} value={id}>
                  {name}, {role}
                </option>
              ))}
            </select>
          </label>
          <button type="submit" class="primary">
            Send
          </button>
        </div>
      </div>
    </form>
  );
}
