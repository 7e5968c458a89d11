import { CloseIcon } from '../../shapes/icons';
import { dismiss, notices, update } from './state';
import { NOTICES } from './strings';
import './notices.css';

/** The stack of notices. The region is always present, since live regions added later are not announced. */
export function Notices() {
  const apply = update.value;
  return (
    <section class="notices" aria-label={NOTICES.region} aria-live="polite">
      {notices.value.map((notice) => (
        <div
          key={notice.id}
          class={`notice notice-${notice.tone}`}
          role={notice.tone === 'error' ? 'alert' : undefined}
        >
          <div class="notice-text">
            <p class="notice-message">{notice.message}</p>
            {notice.advice && <p class="notice-advice">{notice.advice}</p>}
          </div>
          <button class="icon-button" type="button" aria-label={NOTICES.dismiss} onClick={() => dismiss(notice.id)}>
            <CloseIcon />
          </button>
        </div>
      ))}
      {apply && (
        <div class="notice notice-information">
          <div class="notice-text">
            <p class="notice-message">{NOTICES.updateReady}</p>
            <p class="notice-advice">{NOTICES.updateAdvice}</p>
            <p class="notice-actions">
              <button class="button button-primary" type="button" onClick={apply}>
                {NOTICES.reload}
              </button>
              <button class="button" type="button" onClick={() => (update.value = null)}>
                {NOTICES.later}
              </button>
            </p>
          </div>
        </div>
      )}
    </section>
  );
}
