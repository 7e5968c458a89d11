/** The whole page while the documents are not open: being opened, held by another tab, or refused. */
import { open, opening } from '../../workspace';
import { ArchProgress } from '../../shapes/arch';
import { UnlockPage } from '../lock/unlock';
import { OPENING, pageFor } from './strings';
import './opening.css';

export function OpeningPage() {
  const now = opening.value;
  if (now.state === 'failed') return <FailedPage code={now.code} message={now.message} />;
  if (now.state === 'locked') return <UnlockPage wrong={now.wrong} />;
  const progress = now.state === 'opening' ? now.progress : null;
  const share = progress?.total ? progress.done / progress.total : 0;
  return (
    <section class="opening is-waiting" role="status">
      <ArchProgress value={share} />
      <p class="opening-line">{OPENING.opening}</p>
      {progress && <p class="opening-phase">{OPENING.phases(progress.phase)}</p>}
    </section>
  );
}

function FailedPage({ code, message }: { code: Parameters<typeof pageFor>[0]; message: string }) {
  const page = pageFor(code);
  const needsReload = code === 'SCHEMA_TOO_NEW' || code === 'PROTOCOL_MISMATCH';
  return (
    <section class="opening" role="alert">
      <ArchProgress value={null} />
      <h1 class="opening-title">{page.title}</h1>
      <p class="opening-detail">{page.detail}</p>
      <p class="opening-actions">
        {needsReload ? (
          <button class="button button-primary" type="button" onClick={() => location.reload()}>
            {OPENING.reload}
          </button>
        ) : (
          <button class="button button-primary" type="button" onClick={() => void open()}>
            {OPENING.tryAgain}
          </button>
        )}
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
      </details>
    </section>
  );
}
