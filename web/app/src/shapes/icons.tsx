/** Line icons on a 20-unit grid, drawn in the text's colour. Always beside a label or inside a labelled control. */
import type { ComponentChildren } from 'preact';

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      {children}
    </svg>
  );
}

export const SearchIcon = () => (
  <Icon>
    <circle cx="8.5" cy="8.5" r="5.5" />
    <path d="m12.6 12.6 4.9 4.9" />
  </Icon>
);
export const CloseIcon = () => (
  <Icon>
    <path d="m5 5 10 10M15 5 5 15" />
  </Icon>
);
export const BackIcon = () => (
  <Icon>
    <path d="M16.5 10h-13m5-5-5 5 5 5" />
  </Icon>
);
export const FileIcon = () => (
  <Icon>
    <path d="M5 2.5h6.5L15.5 6.5V17.5H5zM11.5 2.5v4h4" />
  </Icon>
);
export const FolderIcon = () => (
  <Icon>
    <path d="M2.5 16V4.5h5l2 2h8V16z" />
  </Icon>
);
export const TrashIcon = () => (
  <Icon>
    <path d="M3.5 5.5h13M8 5.5v-2h4v2M5 5.5l.8 11.5h8.400L15 5.5M8.5 8.5v5.5M11.5 8.5v5.5" />
  </Icon>
);
export const SunIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="3.5" />
    <path d="M10 1.5v2M10 16.5v2M1.5 10h2M16.5 10h2M4 4l1.400 1.400M14.600 14.600 16 16M16 4l-1.400 1.400M5.400 14.600 4 16" />
  </Icon>
);
export const MoonIcon = () => (
  <Icon>
    <path d="M16.5 12.200A7 7 0 0 1 7.800 3.5a7 7 0 1 0 8.700 8.700z" />
  </Icon>
);
export const SystemThemeIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="7" />
    <path class="icon-solid" d="M10 3a7 7 0 0 1 0 14z" />
  </Icon>
);
export const ImportIcon = () => (
  <Icon>
    <path d="M10 2.5V12m-3.5-3.5L10 12l3.5-3.5M3 12.5v5h14v-5" />
  </Icon>
);
export const ExportIcon = () => (
  <Icon>
    <path d="M10 12V2.5M6.5 6 10 2.5 13.5 6M3 12.5v5h14v-5" />
  </Icon>
);
export const BackupIcon = () => (
  <Icon>
    <path d="M2.5 3.5h15v4h-15zM4 7.5V17h12V7.5M8 11h4" />
  </Icon>
);
export const LockIcon = () => (
  <Icon>
    <path d="M4 9h12v8.5H4zM6.5 9V6a3.5 3.5 0 0 1 7 0v3M10 12.5v1.8" />
  </Icon>
);
export const StorageIcon = () => (
  <Icon>
    <ellipse cx="10" cy="5" rx="6.5" ry="2.5" />
    <path d="M3.5 5v10c0 1.4 2.9 2.5 6.5 2.5s6.5-1.1 6.5-2.5V5M3.5 10c0 1.4 2.9 2.5 6.5 2.5s6.5-1.1 6.5-2.5" />
  </Icon>
);
export const CheckIcon = () => (
  <Icon>
    <path d="M3.5 10.5 8 15l8.5-9.500" />
  </Icon>
);
export const QualityIcon = () => (
  <Icon>
    <path d="M3 17V11h3.500v6M8.250 17V7h3.500v10M13.500 17V3H17v14" />
  </Icon>
);
