import { useEffect, useState } from 'preact/hooks';
import type { PodEntry, PodRead } from '../entries.ts';
import { Dialog } from './dialog.tsx';
import { PodFaults } from './faults.tsx';
import { LabelList, STATES } from './rotation.tsx';
import { useGroup } from './store.ts';

const READ_MS = 2_000;

interface PodProps {
  readonly uid: string;
  readonly name: string;
  readonly onClose: () => void;
}

/** One pod: labels, owner, endpoints, events and log, as long as it is open. */
export function Pod({ uid, name, onClose }: PodProps) {
  const pod = useGroup('pods').get(uid);
  const [read, setRead] = useState<PodRead>();
  useEffect(() => {
    const load = async () => {
      const response = await fetch(`/pod/${encodeURIComponent(name)}`).catch(() => undefined);
      if (response?.ok) setRead((await response.json()) as PodRead);
    };
    void load();
    const timer = setInterval(load, READ_MS);
    return () => clearInterval(timer);
  }, [name]);
  return (
    <Dialog title={name} class="wide" onClose={onClose}>
      {pod === undefined ? <p>The pod is gone.</p> : <Facts pod={pod} />}
      <h3>Events</h3>
      <ul class="events">
        {read?.events.map(({ at, type, reason, message, count }) => (
          <li key={`${at} ${reason} ${message}`} class={type === 'Warning' ? 'warning' : ''}>
            <time dateTime={at}>{new Date(at).toLocaleTimeString()}</time> <strong>{reason}</strong> {message}
            {count > 1 && ` (${count} times)`}
          </li>
        ))}
        {read?.events.length === 0 && <li>No events.</li>}
      </ul>
      <h3>Log</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard scrolls it */}
      <pre tabIndex={0} class="log">
        {read?.log || 'No lines.'}
      </pre>
      <div class="buttons">
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}

function Facts({ pod }: { readonly pod: PodEntry }) {
  const { state, reason, node, labels, owner, endpoints, image, restarts, createdAt } = pod;
  return (
    <>
      <dl>
        <dt>State</dt>
        <dd>
          {STATES[state].words}
          {reason !== '' && `, ${reason}`}
        </dd>
        <dt>Node</dt>
        <dd>{node === '' ? 'not scheduled' : node}</dd>
        <dt>Labels</dt>
        <dd>
          <LabelList labels={labels} />
        </dd>
        <dt>Owner</dt>
        <dd>{owner ?? 'none'}</dd>
        <dt>Endpoints</dt>
        <dd>{endpoints.length === 0 ? 'none' : endpoints.join(', ')}</dd>
        <dt>Image</dt>
        <dd>{image}</dd>
        <dt>Restarts</dt>
        <dd>{restarts}</dd>
        <dt>Created</dt>
        <dd>{new Date(createdAt).toLocaleTimeString()}</dd>
      </dl>
      <PodFaults pod={pod} />
    </>
  );
}
