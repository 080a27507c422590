import { useGroup } from './store.ts';

/** The six steps of the tour. Each is done when the cluster or Slack shows it. */
export function Tour({ onType }: { readonly onType: (text: string) => void }) {
  const steps = [...useGroup('tour')].sort(([a], [b]) => Number(a) - Number(b));
  const done = steps.filter(([, { isDone }]) => isDone).length;
  const next = steps.find(([, { isDone }]) => !isDone)?.[0];
  return (
    <section id="tour" aria-labelledby="tour-title">
      <h2 id="tour-title">
        Tour <span class="count">{`${done} of ${steps.length}`}</span>
      </h2>
      <ol>
        {steps.map(([id, { title, why, command, isDone }]) => (
          <li key={id} class={isDone ? 'done' : ''} aria-current={id === next ? 'step' : undefined}>
            <span aria-hidden="true">{isDone ? '✓' : Number(id) + 1}</span>
            <div>
              <strong>{title}</strong>
              {isDone && <span class="hidden"> (done)</span>}
              {id === next && <p>{why}</p>}
              {id === next && command && (
                <button type="button" class="link" onClick={() => onType(command)}>
                  <code>{command}</code>
                </button>
              )}
            </div>
          </li>
        ))}
      </ol>
      {next === undefined && <p>That was all. Try the faults, or /rng undo.</p>}
    </section>
  );
}
