import { Dialog } from '../../shapes/dialog';
import { removeConfirmed, removing } from './state';
import { DOCUMENTS } from './strings';

/** Asks before a document is removed. Esc and a click beside the dialog keep it. */
export function RemoveDialog() {
  const document = removing.value;
  const keep = () => (removing.value = null);
  return (
    <Dialog open={document !== null} title={DOCUMENTS.removeTitle} onClose={keep}>
      <p>{document && DOCUMENTS.removeDetail(document.path)}</p>
      <p class="dialog-actions">
        <button class="button" type="button" autofocus onClick={keep}>
          {DOCUMENTS.removeCancel}
        </button>
        <button class="button button-danger" type="button" onClick={() => void removeConfirmed()}>
          {DOCUMENTS.removeConfirm}
        </button>
      </p>
    </Dialog>
  );
}
