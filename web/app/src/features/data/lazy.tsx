/** Stands where the data page will be: loads it, and says when it cannot be loaded. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { DataSection } from '../../route';
import { DATA } from './strings';

type Loaded = typeof import('./page').DataPage;

const loaded = signal<{ page: Loaded } | null>(null);
const failed = signal(false);

async function load(): Promise<void> {
  failed.value = false;
  try {
    const { DataPage } = await import('./page');
    loaded.value = { page: DataPage };
  } catch {
    failed.value = true;
  }
}

export function LazyDataPage({ section }: { section: DataSection }) {
  useEffect(() => {
    if (!loaded.peek()) void load();
  }, []);
  if (loaded.value) {
    const { page: Page } = loaded.value;
    return <Page section={section} />;
  }
  return (
    <main class="main" id="main" tabIndex={-1}>
      {failed.value && (
        <div role="alert">
          <p>{DATA.loadFailed}</p>
          <p>{DATA.loadFailedAdvice}</p>
          <button class="button" type="button" onClick={() => location.reload()}>
            {DATA.reload}
          </button>
        </div>
      )}
    </main>
  );
}
