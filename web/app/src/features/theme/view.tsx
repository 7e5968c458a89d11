import { MoonIcon, SunIcon, SystemThemeIcon } from '../../shapes/icons';
import { nextTheme, theme } from './state';
import { THEME } from './strings';

const ICONS = { system: SystemThemeIcon, light: SunIcon, dark: MoonIcon };

export function ThemeButton() {
  const Icon = ICONS[theme.value];
  return (
    <button
      class="icon-button"
      type="button"
      aria-label={THEME[theme.value]}
      title={THEME[theme.value]}
      onClick={nextTheme}
    >
      <Icon />
    </button>
  );
}
