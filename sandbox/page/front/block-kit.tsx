import type { types } from '@slack/bolt';
import { useState } from 'preact/hooks';
import type { PressedEntry } from '../entries.ts';
import { Dialog } from './dialog.tsx';
import { Mrkdwn, type Names } from './mrkdwn.tsx';

type Press = (pressed: PressedEntry) => void;
type Confirm = types.ConfirmationDialog;
type TextObject = types.PlainTextElement | types.MrkdwnElement;

interface BlocksProps {
  readonly blocks: readonly types.KnownBlock[];
  readonly names: Names;
  readonly onPress: Press;
}

/** Blocks of the types that the fake Slack accepts (sandbox/slack/limits.ts). */
export function Blocks({ blocks, names, onPress }: BlocksProps) {
  const [asking, setAsking] = useState<{ readonly dialog: Confirm; readonly pressed: PressedEntry }>();
  /** Slack asks first where the app wants it. */
  const press = (pressed: PressedEntry, dialog?: Confirm) =>
    dialog === undefined ? onPress(pressed) : setAsking({ dialog, pressed });
  return (
    <>
      {blocks.map((block, index) => (
        <BlockView key={block.block_id ?? index} block={block} names={names} onPress={press} />
      ))}
      {asking && (
        <Dialog title={asking.dialog.title?.text ?? 'Are you sure?'} onClose={() => setAsking(undefined)}>
          <p>
            <Text text={asking.dialog.text} names={names} />
          </p>
          <div class="buttons">
            <button type="button" onClick={() => setAsking(undefined)}>
              {asking.dialog.deny?.text ?? 'Cancel'}
            </button>
            <button
              type="button"
              class={asking.dialog.style ?? 'primary'}
              onClick={() => {
                setAsking(undefined);
                onPress(asking.pressed);
              }}
            >
              {asking.dialog.confirm?.text ?? 'Yes'}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

interface BlockProps {
  readonly block: types.KnownBlock;
  readonly names: Names;
  readonly onPress: (pressed: PressedEntry, dialog?: Confirm) => void;
}

function BlockView({ block, names, onPress }: BlockProps) {
  switch (block.type) {
    case 'section':
      return (
        <div class={block.accessory ? 'section with-accessory' : 'section'}>
          {block.text && <Text text={block.text} names={names} />}
          {block.fields && (
            <div class="fields">
              {block.fields.map((field) => (
                <div key={field.text}>
                  <Text text={field} names={names} />
                </div>
              ))}
            </div>
          )}
          {block.accessory && <Element element={block.accessory} blockId={block.block_id ?? ''} onPress={onPress} />}
        </div>
      );
    case 'header':
      return <p class="header">{block.text.text}</p>;
    case 'divider':
      return <hr />;
    case 'context':
      return (
        <div class="context">
          {block.elements.map((element) =>
            'text' in element ? (
              <div key={element.text}>
                <Text text={element} names={names} />
              </div>
            ) : null,
          )}
        </div>
      );
    case 'actions':
      return (
        <div class="actions">
          {block.elements.map((element) => (
            <Element
              key={'action_id' in element ? element.action_id : ''}
              element={element}
              blockId={block.block_id ?? ''}
              onPress={onPress}
            />
          ))}
        </div>
      );
    default:
      return null;
  }
}

interface ElementProps {
  readonly element: types.ActionsBlockElement | types.SectionBlockAccessory;
  readonly blockId: string;
  readonly onPress: BlockProps['onPress'];
}

function Element({ element, blockId, onPress }: ElementProps) {
  const [isPressed, setPressed] = useState(false);
  if (element.type === 'button') {
    const { action_id: actionId = '', value = '', text, style, confirm } = element;
    const pressed = { label: text.text, actionId, blockId, value, isOption: false };
    return (
      <button
        type="button"
        class={style}
        disabled={isPressed}
        onClick={() => {
          if (confirm === undefined) pauseAfterPress(setPressed);
          onPress(pressed, confirm);
        }}
      >
        {text.text}
      </button>
    );
  }
  if (element.type !== 'static_select') return null;
  const { action_id: actionId = '', placeholder, options = [], confirm } = element;
  return (
    <details class="picker">
      <summary>{placeholder?.text ?? 'Choose'}</summary>
      <ul>
        {options.map(({ text, value = '' }) => (
          <li key={value}>
            <button
              type="button"
              onClick={({ currentTarget }) => {
                currentTarget.closest('details')?.removeAttribute('open');
                onPress({ label: text.text, actionId, blockId, value, isOption: true }, confirm);
              }}
            >
              {text.text}
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** A double click presses once. */
function pauseAfterPress(setPressed: (isPressed: boolean) => void): void {
  setPressed(true);
  setTimeout(() => setPressed(false), 1_000);
}

function Text({ text, names }: { readonly text: TextObject; readonly names: Names }) {
  return text.type === 'mrkdwn' ? <Mrkdwn text={text.text} names={names} /> : text.text;
}
