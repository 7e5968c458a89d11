import { LockIcon } from '../../shapes/icons';
import { status } from '../status/state';
import { lock } from './state';
import { LOCK } from './strings';

/** Locks at once; there only while what is open is encrypted. */
export function LockButton() {
  if (!status.value?.encrypted) return null;
  return (
    <button
      class="icon-button"
      type="button"
      aria-label={LOCK.lockNow}
      title={LOCK.lockNow}
      onClick={() => void lock()}
    >
      <LockIcon />
    </button>
  );
}
