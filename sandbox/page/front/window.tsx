import type { types } from '@slack/bolt';
import { useId, useState } from 'preact/hooks';
import type { Labels, WindowEntry } from '../entries.ts';
import { Blocks } from './block-kit.tsx';
import { Dialog } from './dialog.tsx';
import type { Names } from './mrkdwn.tsx';
import { perform } from './store.ts';

interface WindowProps {
  readonly id: string;
  readonly window: WindowEntry;
  readonly names: Names;
}

/** A window that the app has opened for the person who types. */
export function Window({ id, window: { user, view }, names }: WindowProps) {
  const [errors, setErrors] = useState<Labels>({});
  const blocks = view.blocks as readonly types.KnownBlock[];
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const filled = Object.fromEntries(
      [...data].map(([key, value]) => [key, String(value)]).filter(([, v]) => v !== ''),
    );
    const answer = await perform({ do: 'submit', as: user, window: id, filled });
    setErrors(answer.errors ?? {});
  };
  const close = () => void perform({ do: 'close', as: user, window: id });
  return (
    <Dialog title={view.title.text} onClose={close}>
      <form class="window" onSubmit={submit}>
        {blocks.map((block, index) =>
          block.type === 'input' ? (
            <Input key={block.block_id ?? index} block={block} error={errors[block.block_id ?? '']} />
          ) : (
            <Blocks key={block.block_id ?? index} blocks={[block]} names={names} onPress={() => {}} />
          ),
        )}
        <div class="buttons">
          <button type="button" onClick={close}>
            {view.close?.text ?? 'Cancel'}
          </button>
          <button type="submit" class="primary">
            {view.submit?.text ?? 'Submit'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Input({ block, error }: { readonly block: types.InputBlock; readonly error: string | undefined }) {
  const { block_id: name = '', label, hint, optional = false, element } = block;
  const id = useId();
  return (
    <div class="input">
      <label for={id}>
        {label.text}
        {optional && ' (optional)'}
      </label>
      {element.type === 'static_select' ? (
        <select id={id} name={name} required={!optional}>
          <option value="">{element.placeholder?.text ?? ''}</option>
          {(element.options ?? []).map(({ text, value = '' }) => (
            <option key={value} value={value} selected={value === element.initial_option?.value}>
              {text.text}
            </option>
          ))}
        </select>
      ) : (
        <input
          id={id}
          name={name}
          required={!optional}
          maxLength={'max_length' in element ? element.max_length : undefined}
        />
      )}
      {hint && <p class="hint">{hint.text}</p>}
      {error && <p role="alert">{error}</p>}
    </div>
  );
}
