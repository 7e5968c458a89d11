/** Starts the application: styles, page, workspace, and the service worker of a built page. */
import './trusted-types';
import './styles/tokens.css';
import './styles/base.css';
import './styles/frame.css';
import { render } from 'preact';
import { App } from './app';
import { registerServiceWorker } from './features/notices/service-worker';
import { open, openAfterReturn } from './workspace';

const root = document.getElementById('app');
if (!root) throw new Error('The page has no element with the id "app".');
render(<App />, root);
void open();
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) void openAfterReturn();
});
if (import.meta.env.PROD) registerServiceWorker();
