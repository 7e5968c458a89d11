import { useEffect, useRef } from 'preact/hooks';
import { removeConfirmed, removing } from './state';
import { DOCUMENTS } from './strings';

/** Asks before a document is removed. Esc and a click beside the dialog keep it. */
export function RemoveDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const document = removing.value;
  useEffect(() => {
    if (document) dialog.current?.showModal();
    else dialog.current?.close();
  }, [document]);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby="remove-title"
      onClose={() => (removing.value = null)}
      onClick={(event) => {
        if (event.target === event.currentTarget) removing.value = null;
      }}
    >
      <div class="dialog-body">
        <h2 id="remove-title">{DOCUMENTS.removeTitle}</h2>
        <p>{document && DOCUMENTS.removeDetail(document.path)}</p>
        <p class="dialog-actions">
          <button class="button" type="button" autofocus onClick={() => (removing.value = null)}>
            {DOCUMENTS.removeCancel}
          </button>
          <button class="button button-danger" type="button" onClick={() => void removeConfirmed()}>
            {DOCUMENTS.removeConfirm}
          </button>
        </p>
      </div>
    </dialog>
  );
}
