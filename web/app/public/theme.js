// Runs before the first paint, so that a page with a chosen theme never flashes in the other one.
try {
  const chosen = localStorage.getItem('archivolt.theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch {
  // Storage is refused (private mode of some browsers): the system's preference stands.
}
