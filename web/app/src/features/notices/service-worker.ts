/** Registers the service worker, which keeps the application itself on the device. Built pages only. */
import { registerSW } from 'virtual:pwa-register';
import { inform, update } from './state';
import { NOTICES } from './strings';

const CHECK_EVERY_MS = 60 * 60 * 1000;

export function registerServiceWorker(): void {
  const apply = registerSW({
    onNeedRefresh: () => {
      update.value = () => void apply(true);
    },
    onOfflineReady: () => inform(NOTICES.offlineReady),
    onRegisteredSW: (_url, registration) => {
      if (!registration) return;
      // An installed application may stay open for weeks. A check without a network is refused quietly.
      setInterval(() => {
        if (navigator.onLine) registration.update().catch(() => undefined);
      }, CHECK_EVERY_MS);
    },
  });
}
