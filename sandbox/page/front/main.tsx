import { render } from 'preact';
import { useCallback, useState } from 'preact/hooks';
import type { Meta } from '../entries.ts';
import { Conversation, type Draft } from './conversation.tsx';
import { Faults } from './faults.tsx';
import { Pod } from './pod.tsx';
import { Rotation } from './rotation.tsx';
import { follow, usePage } from './store.ts';
import { Tour } from './tour.tsx';
import { Traffic } from './traffic.tsx';

const PARTS = ['tour', 'conversation', 'rotation', 'traffic', 'faults'];

function Page({ isOpen }: { readonly isOpen: boolean }) {
  const meta = usePage('meta');
  if (meta === undefined) return <h1>Pitlane playground</h1>;
  return (
    <>
      <header class="top">
        <h1>
          Pitlane <span>playground</span>
        </h1>
        <nav aria-label="Parts">
          {PARTS.map((part) => (
            <a key={part} href={`#${part}`}>
              {part}
            </a>
          ))}
        </nav>
        {isOpen ? <p role="status">Live</p> : <p role="alert">Disconnected. Is npm start still running?</p>}
      </header>
      <main>
        <Talk meta={meta} />
        <div class="right">
          <Pods />
          <Traffic />
          <Faults />
        </div>
      </main>
    </>
  );
}

/** The tour suggests what is typed in the conversation. */
function Talk({ meta }: { readonly meta: Meta }) {
  const [draft, setDraft] = useState<Draft>({ text: '' });
  const type = (text: string) => {
    setDraft({ text });
    document.getElementById('command')?.focus();
  };
  return (
    <>
      <Tour onType={type} />
      <Conversation meta={meta} draft={draft} onDraft={setDraft} />
    </>
  );
}

function Pods() {
  const [opened, setOpened] = useState<{ readonly uid: string; readonly name: string }>();
  const open = useCallback((uid: string, name: string) => setOpened({ uid, name }), []);
  return (
    <>
      <Rotation onOpen={open} />
      {opened && <Pod {...opened} onClose={() => setOpened(undefined)} />}
    </>
  );
}

// The token is in a cookie by now: it does not stay in the address bar.
history.replaceState(null, '', location.pathname + location.hash);
const place = document.getElementById('page');
if (place !== null) {
  place.textContent = '';
  const show = (isOpen: boolean) => render(<Page isOpen={isOpen} />, place);
  show(true);
  follow(show);
}
