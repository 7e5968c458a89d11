export const THEME = {
  label: 'Colours',
  system: 'Colours follow the system. Switch to light',
  light: 'Light colours. Switch to dark',
  dark: 'Dark colours. Follow the system',
} as const;
