/** Over the page while storage fails: what it means, and what can be done now. */
import { hashOf } from '../../route';
import { CloseIcon } from '../../shapes/icons';
import { working } from '../data/job';
import { covered } from '../notices/state';
import { status } from '../status/state';
import { backUpNow, dismissTrouble, salvageNow, trouble, type TroubleKind } from './state';
import { TROUBLE, TROUBLES } from './strings';
import './trouble.css';

function Actions({ kind }: { kind: TroubleKind }) {
  const encrypted = status.value?.encrypted ?? false;
  const canSalvage = kind === 'damaged' && !encrypted;
  return (
    <div class="trouble-actions">
      {canSalvage && (
        <button
          class="button button-primary button-small"
          type="button"
          disabled={working.value}
          onClick={() => void salvageNow()}
        >
          {TROUBLE.salvage}
        </button>
      )}
      {kind === 'full' ? (
        <a class="button button-small" href={hashOf({ name: 'data', section: 'storage' })}>
          {TROUBLE.storage}
        </a>
      ) : (
        !canSalvage && (
          <button
            class={kind === 'cleared' ? 'button button-primary button-small' : 'button button-small'}
            type="button"
            disabled={working.value}
            onClick={backUpNow}
          >
            {encrypted ? TROUBLE.backupSealed : TROUBLE.backup}
          </button>
        )
      )}
      {(kind === 'cleared' || kind === 'damaged') && (
        <a class="button button-small" href={hashOf({ name: 'data', section: 'export' })}>
          {TROUBLE.export}
        </a>
      )}
      {(kind === 'cleared' || kind === 'readOnly') && (
        <button
          class="button button-small"
          type="button"
          disabled={working.value}
          onClick={() => {
            location.reload();
          }}
        >
          {kind === 'cleared' ? TROUBLE.reload : TROUBLE.openAgain}
        </button>
      )}
    </div>
  );
}

export function TroubleBar() {
  const now = trouble.value;
  if (!now) return null;
  const { title, detail } = TROUBLES[now.kind];
  return (
    // What fails again is told again: the text is made anew.
    <section class="trouble" aria-label={TROUBLE.label}>
      <div class="trouble-text" role="alert" key={covered.value?.times}>
        <p class="trouble-title">{title}</p>
        <p class="trouble-detail">{detail}</p>
      </div>
      <Actions kind={now.kind} />
      {!now.stays && (
        <button class="icon-button trouble-close" type="button" aria-label={TROUBLE.dismiss} onClick={dismissTrouble}>
          <CloseIcon />
        </button>
      )}
    </section>
  );
}
