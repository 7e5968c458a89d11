/** The whole page while the documents are not open: being opened, held by another tab, or refused. */
import { useState } from 'preact/hooks';
import { open, opening, startAnew, type Opening } from '../../workspace';
import { ArchProgress } from '../../shapes/arch';
import { TypedConfirmation } from '../../shapes/typed-confirmation';
import { UnlockPage } from '../lock/unlock';
import { OPENING, pageFor } from './strings';
import './opening.css';

export function OpeningPage() {
  const now = opening.value;
  if (now.state === 'failed') return <FailedPage {...now} />;
  if (now.state === 'locked') return <UnlockPage wrong={now.wrong} />;
  const { progress = null, salvages = false } = now.state === 'opening' ? now : {};
  const share = progress?.total ? progress.done / progress.total : 0;
  return (
    <section class="opening is-waiting" role="status">
      <ArchProgress value={share} />
      <p class="opening-line">{progress && salvages ? OPENING.salvaging : OPENING.opening}</p>
      {progress && <p class="opening-phase">{OPENING.phases(progress.phase)}</p>}
    </section>
  );
}

function FailedPage({ code, message, sealed = false }: Extract<Opening, { state: 'failed' }>) {
  const [anew, setAnew] = useState(false);
  const page = pageFor(code);
  const isDamaged = code === 'CORRUPTION';
  const canSalvage = isDamaged && !sealed;
  const needsReload = code === 'SCHEMA_TOO_NEW' || code === 'PROTOCOL_MISMATCH';
  return (
    <section class="opening" role="alert">
      <ArchProgress value={null} />
      <h1 class="opening-title">{page.title}</h1>
      <p class="opening-detail">{page.detail}</p>
      {isDamaged && <p class="opening-detail">{sealed ? OPENING.sealedDetail : OPENING.salvageDetail}</p>}
      <p class="opening-actions">
        {canSalvage && (
          <button class="button button-primary" type="button" onClick={() => void open('opfs', undefined, true)}>
            {OPENING.salvage}
          </button>
        )}
        <button
          class={canSalvage ? 'button' : 'button button-primary'}
          type="button"
          onClick={() => (needsReload ? location.reload() : void open())}
        >
          {needsReload ? OPENING.reload : OPENING.tryAgain}
        </button>
        {code === 'UNSUPPORTED' && (
          <button class="button" type="button" onClick={() => void open('memory')} title={OPENING.useMemoryDetail}>
            {OPENING.useMemory}
          </button>
        )}
      </p>
      {code === 'UNSUPPORTED' && <p class="opening-phase">{OPENING.useMemoryDetail}</p>}
      <details class="opening-technical">
        <summary>{OPENING.technical}</summary>
        <p>
          <code>{code}</code> {message}
        </p>
        {isDamaged && (
          <p class="opening-anew">
            <button class="button button-warn button-small" type="button" onClick={() => setAnew(true)}>
              {OPENING.anew}
            </button>
          </p>
        )}
      </details>
      <TypedConfirmation
        open={anew}
        title={OPENING.anewTitle}
        detail={OPENING.anewDetail}
        onClose={() => setAnew(false)}
        onConfirm={() => void startAnew()}
      />
    </section>
  );
}
