import { useState } from 'preact/hooks';
import { Dialog } from './dialog';
import { CONFIRMATION } from './strings';

interface TypedConfirmationProps {
  open: boolean;
  title: string;
  detail: string;
  onClose: () => void;
  onConfirm: () => void;
}

/** Asks before everything is deleted: a word has to be typed, so that no stray click does it. */
export function TypedConfirmation({ open, title, detail, onClose, onConfirm }: TypedConfirmationProps) {
  const [typed, setTyped] = useState('');
  const isMeant = typed.trim().toLowerCase() === CONFIRMATION.word;
  const close = () => {
    setTyped('');
    onClose();
  };
  return (
    <Dialog open={open} title={title} onClose={close}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isMeant) return;
          close();
          onConfirm();
        }}
      >
        <p>{detail}</p>
        <label class="confirmation">
          <span class="confirmation-label">{CONFIRMATION.type(CONFIRMATION.word)}</span>
          <input
            class="field"
            type="text"
            value={typed}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <p class="dialog-actions">
          <button class="button" type="button" onClick={close}>
            {CONFIRMATION.cancel}
          </button>
          <button class="button button-danger" type="submit" disabled={!isMeant}>
            {CONFIRMATION.confirm}
          </button>
        </p>
      </form>
    </Dialog>
  );
}
